/* Bodies of requests: strict JSON into commands, every mistake named with its JSON pointer.
 *
 *     bytes --one walk, field table--> texts, decimals, flags --words--> command
 *
 * Unknown and repeated members are refused; amounts are JSON strings, because a JSON number has been through somebody's
 * binary floating point before it comes here. Nothing is half accepted: on a problem the outputs mean nothing.
 *
 * 0, or ERR_INVALID with the problem filled (400 not JSON of the right shape, 422 a wrong member).
 *
 * Owner: the caller. Thread: any, one at a time per output.
 */
#ifndef CONTROL_BODY_H
#define CONTROL_BODY_H

#include <stddef.h>

#include "control/command.h"
#include "control/problem.h"

/* POST /orders; request_id and dry_run are not the body's. */
int body_order(const char *bytes, size_t len, struct command_order *ret_order,
               struct problem *problem);

/* PATCH /orders/{id}: {"quantity", "price", "tag"}, at least one of the first two; what is not given is absent. */
int body_amend(const char *bytes, size_t len, struct command_order *ret_order,
               struct problem *problem);

/* {"reason", "scope", "level"}: reason is required; scope defaults to all, level to cancel. */
int body_kill(const char *bytes, size_t len, struct command *ret_command, struct problem *problem);

/* {"reason", "scope"} */
int body_resume(const char *bytes, size_t len, struct command *ret_command,
                struct problem *problem);

/* {"reason", "symbol", "account"}, all optional, as is the body. */
int body_optional(const char *bytes, size_t len, struct command *ret_command,
                  struct problem *problem);

#endif
