/* sofia-venue: the loopback venue as a program. Made for desks and tests; it never belongs on a production machine. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cert.h"
#include "options.h"
#include "server.h"

static struct server *running;

static void on_signal(int number)
{
    (void)number;
    server_stop(running);
}

static void catch_signals(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static int serve(const struct options *options, struct venue *v)
{
    running = server_new(v, options->dir, options->port, options->plain);
    if (running == NULL) {
        return 1;
    }
    catch_signals();
    if (options->plain) {
        fprintf(stdout, "sofia-venue ready http://127.0.0.1:%u\n", server_port(running));
    } else {
        char *dir = realpath(options->dir, NULL);
        fprintf(stdout, "sofia-venue ready https://127.0.0.1:%u ca=%s/ca.pem\n",
                server_port(running), dir == NULL ? options->dir : dir);
        free(dir);
    }
    fflush(stdout);
    server_run(running);
    running = server_free(running);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    if (options_read(argc, argv, &options) < 0) {
        return 2;
    }
    if (options.help) {
        options_usage();
        return 0;
    }
    if (!options.plain) {
        if (mkdir(options.dir, 0700) < 0 && errno != EEXIST) {
            fprintf(stderr, "sofia-venue: cannot make %s: %s\n", options.dir, strerror(errno));
            return 1;
        }
        if (cert_prepare(options.dir) < 0) {
            fprintf(stderr, "sofia-venue: cannot write certificates into %s\n", options.dir);
            return 1;
        }
    }
    options.venue.start_ns = server_now_ns();
    struct venue *v = venue_new(&options.venue);
    if (v == NULL) {
        fprintf(stderr, "sofia-venue: unknown symbol in '%s' or unknown dialect '%s'\n",
                options.venue.symbols == NULL ? "" : options.venue.symbols,
                options.venue.dialect == NULL ? "" : options.venue.dialect);
        return 2;
    }
    int status = options_apply(&options, v, options.venue.start_ns) < 0 ? 2 : serve(&options, v);
    venue_free(v);
    return status;
}
