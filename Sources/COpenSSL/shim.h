// The door to OpenSSL 3: its headers, and one inline function for each macro that Swift cannot
// import, and for each function of the engine interface, which OpenSSL 3 marks as deprecated but
// has no replacement for on Debian 12. Nothing else belongs here.
#ifndef REDOUBT_COPENSSL_SHIM_H
#define REDOUBT_COPENSSL_SHIM_H
#include <openssl/bio.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
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

#ifndef OPENSSL_NO_ENGINE
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

/// ENGINE_load_dynamic and ENGINE_by_id.
static inline ENGINE *shim_ENGINE_by_id(const char *name) {
  ENGINE_load_dynamic();
  return ENGINE_by_id(name);
}

/// ENGINE_init.
static inline int shim_ENGINE_init(ENGINE *engine) { return ENGINE_init(engine); }

/// ENGINE_free.
static inline int shim_ENGINE_free(ENGINE *engine) { return ENGINE_free(engine); }

/// ENGINE_ctrl_cmd_string; the command must be known to the engine.
static inline int shim_ENGINE_command(ENGINE *engine, const char *name, const char *value) {
  return ENGINE_ctrl_cmd_string(engine, name, value, 0);
}

/// ENGINE_load_private_key without a user interface.
static inline EVP_PKEY *shim_ENGINE_load_private_key(ENGINE *engine, const char *name) {
  return ENGINE_load_private_key(engine, name, NULL, NULL);
}
#pragma clang diagnostic pop
#else
// Without engines none is ever found, so the rest is never called.
static inline ENGINE *shim_ENGINE_by_id(const char *name) { return NULL; }
static inline int shim_ENGINE_init(ENGINE *engine) { return 0; }
static inline int shim_ENGINE_free(ENGINE *engine) { return 0; }
static inline int shim_ENGINE_command(ENGINE *engine, const char *name, const char *value) {
  return 0;
}
static inline EVP_PKEY *shim_ENGINE_load_private_key(ENGINE *engine, const char *name) {
  return NULL;
}
#endif
#endif
