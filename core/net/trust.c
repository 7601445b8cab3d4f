#include "net/trust.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/error.h"

#include "base/banned.h"

static int refuse(const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return error_set(ERR_CRYPTO, "%s: %s", what, reason != NULL ? reason : "no reason given");
}

static int fill(struct net_trust *trust, const char *ca_file)
{
    trust->store = X509_STORE_new();
    trust->context = SSL_CTX_new(TLS_client_method());
    if (trust->store == NULL || trust->context == NULL) {
        return refuse("certificate store");
    }
    if (ca_file != NULL && X509_STORE_load_file(trust->store, ca_file) != 1) {
        return refuse(ca_file);
    }
    /* The default file is read here. A default directory would be searched at each handshake, on
     * the loop's thread. */
    if (ca_file == NULL && X509_STORE_load_file(trust->store, X509_get_default_cert_file()) != 1 &&
        X509_STORE_load_file(trust->store, "/etc/ssl/certs/ca-certificates.crt") != 1) {
        return refuse("the system's certificate authorities");
    }
    SSL_CTX_set1_cert_store(trust->context, trust->store);
    SSL_CTX_set_verify(trust->context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(trust->context, TLS1_2_VERSION) != 1) {
        return refuse("TLS 1.2");
    }
    return 0;
}

int net_trust_new(const char *ca_file, struct net_trust **ret_trust)
{
    struct net_trust *trust = calloc(1, sizeof(*trust));

    if (trust == NULL) {
        return error_set(ERR_NOMEM, "no memory for a certificate store");
    }
    ERR_clear_error();
    int status = fill(trust, ca_file);
    if (status < 0) {
        net_trust_free(trust);
        return status;
    }
    *ret_trust = trust;
    return 0;
}

struct net_trust *net_trust_free(struct net_trust *trust)
{
    if (trust != NULL) {
        SSL_CTX_free(trust->context);
        X509_STORE_free(trust->store);
        free(trust);
    }
    return NULL;
}
