/* A certificate authority made on the spot and a server certificate for 127.0.0.1 and localhost under it. The CA's key is
 * thrown away; files that are already there and still valid are kept, so that a restarted venue is trusted by clients
 * that know the old CA file. Owner: main. Thread: main. */
#ifndef SOFIA_VENUE_SHELL_CERT_H
#define SOFIA_VENUE_SHELL_CERT_H

/* dir/ca.pem, dir/server.pem, dir/server.key (0600). 0 or -1. */
int cert_prepare(const char *dir);

#endif
