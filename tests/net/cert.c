#include "net/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static int add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (extension == NULL) {
        return -1;
    }
    int status = X509_add_ext(x509, extension, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(extension);
    return status;
}

/* issuer NULL: signs itself and is an authority. */
static X509 *make(EVP_PKEY *key, X509 *issuer, const char *name, long serial)
{
    X509 *x509 = X509_new();

    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_set_pubkey(x509, key);
    X509_NAME *subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x509, issuer != NULL ? X509_get_subject_name(issuer) : subject);
    if (issuer == NULL) {
        (void)add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE");
        (void)add_extension(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    return x509;
}

static int write_pem(struct cert *cert, X509 *ca)
{
    (void)snprintf(cert->ca_file, sizeof(cert->ca_file), "/tmp/sofia-net-ca-XXXXXX");
    int fd = mkstemp(cert->ca_file);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        return -1;
    }
    int written = PEM_write_X509(file, ca);
    return fclose(file) == 0 && written == 1 ? 0 : -1;
}

int cert_init(struct cert *cert, const char *names)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = make(ca_key, NULL, "net test authority", 1);
    X509 *leaf = make(key, ca, "net test server", 2);
    int status = 0;

    if (X509_sign(ca, ca_key, EVP_sha256()) == 0 ||
        add_extension(leaf, ca, NID_subject_alt_name, names) < 0 ||
        X509_sign(leaf, ca_key, EVP_sha256()) == 0) {
        status = -1;
    }
    cert->server = SSL_CTX_new(TLS_server_method());
    if (status == 0 && (SSL_CTX_use_certificate(cert->server, leaf) != 1 ||
                        SSL_CTX_use_PrivateKey(cert->server, key) != 1)) {
        status = -1;
    }
    status = status == 0 ? write_pem(cert, ca) : status;
    X509_free(ca);
    X509_free(leaf);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return status;
}

void cert_release(struct cert *cert)
{
    SSL_CTX_free(cert->server);
    (void)unlink(cert->ca_file);
}
