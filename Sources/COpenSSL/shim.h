#ifndef REDOUBT_COPENSSL_SHIM_H
#define REDOUBT_COPENSSL_SHIM_H
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#endif
