/* sofia-venue as a child process, and a whole engine in this one: every thread it has, real sockets, TLS.
 *
 *     rig_start -> rig_run (a thread runs the engine) -> drive -> rig_end -> rig_judge -> rig_free
 *
 * All files are in a fresh folder, which is removed when everything was true.
 *
 * Owner: the test. Thread: main.
 */
#ifndef TESTS_ENGINE_RIG_H
#define TESTS_ENGINE_RIG_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"
#include "engine/engine.h"

#define RIG_PATH 256

struct rig {
    char dir[RIG_PATH];
    char ca[RIG_PATH + 32];
    char venue_url[128];
    char url[64]; /* of the control port */
    char token[128];
    pid_t venue;
    struct config *config;
    struct engine *engine;
    pthread_t thread;
    int ended; /* status of engine_run; after rig_end */
};

/* The venue is up, the engine is made. False: said why. */
bool rig_start(struct rig *rig);
/* The engine runs and says over REST that it is ready. */
bool rig_run(struct rig *rig);
/* Stops the engine in good order and frees it. */
void rig_end(struct rig *rig);
/* The journal folded, beside the venue's own ledger; nothing is open there. */
void rig_judge(struct rig *rig);
void rig_free(struct rig *rig);

#endif
