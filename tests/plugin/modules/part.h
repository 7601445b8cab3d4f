/* Pieces of the small modules that the loader's tests load: a rule that does nothing, and a constructor that leaves a mark in
 * the environment, so that a test sees whether anything of a file has run.
 *
 * Owner: nobody; compiled into each module.
 */
#ifndef PART_H
#define PART_H

#include <stdlib.h>

#include <sofia/module.h>

static inline int part_create(const struct sofia_host *host, void **ret_self)
{
    (void)host;
    *ret_self = NULL;
    return SOFIA_OK;
}

static inline void part_destroy(void *self)
{
    (void)self;
}

static inline int part_check(const void *self, const struct sofia_intent *intent,
                             const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict)
{
    (void)self;
    (void)intent;
    (void)view;
    (void)ret_verdict;
    return SOFIA_OK;
}

#define PART_MARK(variable)                                                                        \
    __attribute__((constructor)) static void run(void)                                             \
    {                                                                                              \
        (void)setenv(variable, "1", 1);                                                            \
    }

#define PART_RISK .create = part_create, .destroy = part_destroy, .check = part_check

#define PART_MODULE(name, desc)                                                                    \
    .magic = SOFIA_MAGIC, .size = sizeof(struct sofia_module), .abi_major = SOFIA_ABI_MAJOR,       \
    .abi_minor = SOFIA_ABI_MINOR, .id = "test.risk." name, .version = "1", .doc = "for a test",    \
    .kind = SOFIA_KIND_RISK, .descriptor = (desc)

#endif
