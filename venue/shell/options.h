/* The command line of sofia-venue. Owner: main. Thread: main. */
#ifndef SOFIA_VENUE_SHELL_OPTIONS_H
#define SOFIA_VENUE_SHELL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../venue.h"

#define OPTIONS_LIST 64

struct options {
    struct venue_config venue;
    const char *dir;
    unsigned port;
    bool plain;
    bool help;
    const char *accounts[OPTIONS_LIST]; /* key:secret:deposits */
    size_t account_count;
    const char *keys[OPTIONS_LIST]; /* account:key:secret */
    size_t key_count;
    const char *faults[OPTIONS_LIST];
    size_t fault_count;
};

/* 0, or -1 after a sentence on stderr. */
int options_read(int argc, char **argv, struct options *ret_options);
void options_usage(void);

/* Accounts, keys and faults into the venue: 0, or -1 after a sentence on stderr. */
int options_apply(const struct options *options, struct venue *v, long long now_ns);

#endif
