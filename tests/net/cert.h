/* Certificates of a test: an authority made now, and a server certificate it signed.
 *
 * Owner: the test. Thread: any.
 */
#ifndef TESTS_NET_CERT_H
#define TESTS_NET_CERT_H

#include <openssl/ssl.h>

struct cert {
    char ca_file[64]; /* PEM in a temporary file, removed by cert_release */
    SSL_CTX *server;
};

/* names: "DNS:localhost,IP:127.0.0.1". 0 or -1. */
int cert_init(struct cert *cert, const char *names);
void cert_release(struct cert *cert);

#endif
