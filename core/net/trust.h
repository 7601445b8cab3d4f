/* Certificate authorities, read once. Inside net only.
 *
 * Owner: main. Thread: made and freed by main; in between any (OpenSSL counts references with
 * atomics).
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <openssl/ssl.h>

#include "net/net.h"

struct net_trust {
    X509_STORE *store; /* for contexts the HTTP client makes, one per connection */
    SSL_CTX *context;  /* for the WebSocket client, ready made */
};

#endif
