/* sofia run: the engine, until SIGINT or SIGTERM. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/setup.h"
#include "engine/engine.h"
#include "keys/keys.h"
#include "net/net.h"

static struct engine *running; /* for the thread that waits for signals, set before it starts */

static void *wait_for_signal(void *ctx)
{
    sigset_t *signals = ctx;
    int number = 0;
    while (sigwait(signals, &number) == 0) {
        log_info("run", "signal %d: stopping in good order (cancelling open orders)", number);
        engine_stop(running);
    }
    return NULL;
}

static int start_log(const struct engine_options *options)
{
    struct log_options log = {.level = log_level_of(options->log_level),
                              .path = options->log_file[0] == '\0' ? NULL : options->log_file};
    return setup_parent_dir(options->log_file) != 0 ? error_code() : log_init(&log);
}

static int run_engine(struct engine_config *config, sigset_t *signals)
{
    pthread_t waiter;
    int rc = engine_new(config, &running);
    if (rc != 0) {
        return rc;
    }
    if (pthread_create(&waiter, NULL, wait_for_signal, signals) != 0) {
        return error_set(ERR_NOMEM, "thread for signals");
    }
    (void)pthread_detach(waiter);
    rc = engine_run(running);
    running = engine_free(running);
    return rc;
}

int cmd_run(int argc, char **argv)
{
    struct setup setup;
    struct engine_options options;
    sigset_t signals;
    int rc = setup_parse_all(&setup, argc, argv);
    if (rc != 0) {
        return EXIT_USAGE;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    keys_harden_process();
    if (crash_point_arm(getenv("SOFIA_CRASH_AT")) != 0) {
        fprintf(stderr, "sofia run: %s\n", error_message());
        return EXIT_USAGE;
    }
    struct engine_config config = setup_engine_config(&setup);
    if (setup_load(&setup, &config) != 0 || engine_check(&config, &options) != 0) {
        return setup_complain(&setup);
    }
    setup_print_warnings(&setup);
    rc = start_log(&options);
    rc = rc != 0 ? rc : net_global_init();
    rc = rc != 0 ? rc : run_engine(&config, &signals);
    if (rc != 0) {
        fprintf(stderr, "sofia run: %s\n", error_message());
    }
    net_global_release();
    log_release();
    setup_release(&setup);
    return rc == 0 ? EXIT_OK : EXIT_FAILED;
}
