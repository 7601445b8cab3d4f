/* The kill switch's flag, raised by one thread while another settles an older raise: a raise is never lowered but by its own
 * settlement. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "safety/kill.h"

#define ROUNDS 200000u

static struct kill_switch kill_flag;
static _Atomic uint32_t begun;   /* round that may run */
static _Atomic uint32_t settled; /* round whose older raise is settled */

static void *settle(void *ctx)
{
    (void)ctx;
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        for (uint32_t spins = 0; atomic_load(&begun) < i; spins++) {
            if (spins > 2000) {
                (void)sched_yield();
            }
        }
        kill_settled(&kill_flag, 2 * (uint64_t)i - 1);
        atomic_store(&settled, i);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    uint32_t lost = 0;
    if (pthread_create(&thread, NULL, settle, NULL) != 0) {
        return 1;
    }
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        (void)kill_raise(&kill_flag, SOFIA_KILL_CANCEL);
        atomic_store(&begun, i);
        for (volatile uint32_t pause = 0; pause < i % 128;
             pause++) { /* so that the two meet at every point */
        }
        uint64_t second = kill_raise(&kill_flag, SOFIA_KILL_CANCEL);
        while (atomic_load(&settled) < i) {
            (void)sched_yield();
        }
        lost += atomic_load(&kill_flag.raised) == 0 ? 1u : 0u;
        kill_settled(&kill_flag, second);
    }
    (void)pthread_join(thread, NULL);
    fprintf(stderr, "%u of %u raises were lost\n", lost, ROUNDS);
    return lost == 0 && atomic_load(&kill_flag.raised) == 0 ? 0 : 1;
}
