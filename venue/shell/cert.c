#include "cert.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define DAYS 30L
#define PATH_CAP 4096

static bool path_of(const char *dir, const char *name, char *ret_path)
{
    int n = snprintf(ret_path, PATH_CAP, "%s/%s", dir, name);
    return n > 0 && n < PATH_CAP;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    bool set = number != NULL && BN_rand(number, 126, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return set;
}

/* Unsigned. The subject's common name is the only name. */
static X509 *cert_new(EVP_PKEY *key, const char *common_name)
{
    X509 *cert = X509_new();
    if (cert == NULL) {
        return NULL;
    }
    X509_NAME *name = X509_get_subject_name(cert);
    bool made = X509_set_version(cert, 2) == 1 && set_serial(cert) &&
                X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400) != NULL &&
                X509_set_pubkey(cert, key) == 1 &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           (const unsigned char *)common_name, -1, -1, 0) == 1;
    if (!made) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

static X509 *make_ca(EVP_PKEY *key)
{
    X509 *ca = cert_new(key, "sofia-venue test authority");
    bool made = ca != NULL && X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
                add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
                X509_sign(ca, key, EVP_sha256()) > 0;
    if (!made) {
        X509_free(ca);
        return NULL;
    }
    return ca;
}

static X509 *make_server(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
    X509 *cert = cert_new(key, "localhost");
    bool made = cert != NULL && X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
                add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
                add_extension(cert, ca, NID_key_usage, "critical,digitalSignature") &&
                add_extension(cert, ca, NID_ext_key_usage, "serverAuth") &&
                add_extension(cert, ca, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
                add_extension(cert, ca, NID_subject_key_identifier, "hash") &&
                add_extension(cert, ca, NID_authority_key_identifier, "keyid") &&
                X509_sign(cert, ca_key, EVP_sha256()) > 0;
    if (!made) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

/* A file that appears whole or not at all. */
static FILE *open_new(const char *path, char *ret_temporary, mode_t mode)
{
    if (snprintf(ret_temporary, PATH_CAP, "%s.new", path) >= PATH_CAP) {
        return NULL;
    }
    int fd = open(ret_temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static bool write_pem(const char *dir, const char *name, X509 *cert, EVP_PKEY *key)
{
    char path[PATH_CAP];
    char temporary[PATH_CAP];
    FILE *file =
        path_of(dir, name, path) ? open_new(path, temporary, cert != NULL ? 0644 : 0600) : NULL;
    if (file == NULL) {
        return false;
    }
    int written = cert != NULL ? PEM_write_X509(file, cert)
                               : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    bool closed = fclose(file) == 0;
    return written == 1 && closed && rename(temporary, path) == 0;
}

static bool is_valid(const char *dir, const char *name)
{
    char path[PATH_CAP];
    FILE *file = path_of(dir, name, path) ? fopen(path, "r") : NULL;
    X509 *cert = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        fclose(file);
    }
    bool valid = cert != NULL && X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
    X509_free(cert);
    return valid;
}

int cert_prepare(const char *dir)
{
    char key_path[PATH_CAP];
    if (path_of(dir, "server.key", key_path) && access(key_path, R_OK) == 0 &&
        is_valid(dir, "ca.pem") && is_valid(dir, "server.pem")) {
        return 0;
    }
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = ca_key == NULL ? NULL : make_ca(ca_key);
    X509 *server = ca == NULL || key == NULL ? NULL : make_server(key, ca, ca_key);
    bool done = server != NULL && write_pem(dir, "server.key", NULL, key) &&
                write_pem(dir, "server.pem", server, NULL) && write_pem(dir, "ca.pem", ca, NULL);
    X509_free(server);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return done ? 0 : -1;
}
