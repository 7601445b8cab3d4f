/* Bodies of POST requests: whatever comes, either a command that makes sense or a problem with a status; never both.
 *
 * Input: one byte selects the route, the rest is the body.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>

#include "control/body.h"
#include "control/out.h"
#include "safety/kill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_problem(int rc, const struct problem *problem)
{
    struct text text = {0};
    struct sofia_json cur;
    must((rc == 0) == (problem->status == 0));
    must(rc == 0 || problem->status == 400 || problem->status == 422);
    must(rc != 0 || problem->error_count == 0);
    must(problem->status != 422 || problem->error_count > 0);
    problem_print(problem, "/fuzz", "id", &text);
    sofia_json_init(&cur, text_get(&text), text.len);
    (void)sofia_json_skip(&cur);
    must(sofia_json_finish(&cur) == 0);
    text_release(&text);
}

static void check_order(const struct command_order *order)
{
    must(order->instrument[0] != '\0' &&
         memchr(order->instrument, 0, sizeof(order->instrument)) != NULL);
    must(sofia_decimal_sign(order->qty) > 0);
    must(order->side == SOFIA_SIDE_BUY || order->side == SOFIA_SIDE_SELL);
    if (order->type == SOFIA_TYPE_MARKET) {
        must(sofia_decimal_is_absent(order->price) && order->tif == 0);
    } else {
        must(order->type == SOFIA_TYPE_LIMIT && sofia_decimal_sign(order->price) > 0 &&
             order->tif != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {0};
    struct command command = {0};
    if (size == 0) {
        return 0;
    }
    const char *body = (const char *)data + 1;
    size--;
    int rc = 0;
    switch (data[0] & 3) {
    case 0:
        rc = body_order(body, size, &command.order, &problem);
        if (rc == 0) {
            check_order(&command.order);
        }
        break;
    case 1:
        rc = body_kill(body, size, &command, &problem);
        if (rc == 0) {
            must(kill_scope_is_valid(command.kill.scope) && command.reason[0] != '\0');
            must(command.kill.level == SOFIA_KILL_HOLD || command.kill.level == SOFIA_KILL_CANCEL);
        }
        break;
    case 2:
        rc = body_resume(body, size, &command, &problem);
        must(rc != 0 || command.reason[0] != '\0');
        break;
    default:
        rc = body_optional(body, size, &command, &problem);
        break;
    }
    check_problem(rc, &problem);
    return 0;
}
