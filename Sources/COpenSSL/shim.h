// The door to OpenSSL 3: its headers, and one inline function for each macro that Swift cannot
// import. Nothing else belongs here.
#ifndef REDOUBT_COPENSSL_SHIM_H
#define REDOUBT_COPENSSL_SHIM_H
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/// OPENSSL_free.
static inline void shim_free(void *memory) { OPENSSL_free(memory); }

/// OPENSSL_malloc.
static inline void *shim_malloc(size_t count) { return OPENSSL_malloc(count); }

/// BIO_get_mem_data.
static inline long shim_BIO_get_mem_data(BIO *bio, char **data) {
  return BIO_get_mem_data(bio, data);
}

/// X509_CRL_get_REVOKED and sk_X509_REVOKED_num.
static inline int shim_X509_CRL_count(X509_CRL *list) {
  STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
  return entries == NULL ? 0 : sk_X509_REVOKED_num(entries);
}

/// X509_CRL_get_REVOKED and sk_X509_REVOKED_value; NULL outside the list.
static inline X509_REVOKED *shim_X509_CRL_entry(X509_CRL *list, int index) {
  STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
  return entries == NULL ? NULL : sk_X509_REVOKED_value(entries, index);
}
#endif
