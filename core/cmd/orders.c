/* sofia orders: the newest orders, one a line. */
#include <stdio.h>
#include <string.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

#include "base/banned.h"

#define USAGE "[--open] [--limit N] [--json] [--state DIR] [--socket PATH]"

static void print_order(const cJSON *order)
{
    const char *price = client_text(order, "price");
    fprintf(stdout, "%-8s %-12s %-4s %-6s %14s @ %-14s filled %-14s %-16s %s%s%s\n",
            client_text(order, "order_id"), client_text(order, "symbol"),
            client_text(order, "side"), client_text(order, "type"), client_text(order, "quantity"),
            price[0] == '\0' ? "market" : price, client_text(order, "filled_quantity"),
            client_text(order, "state"),
            client_text(order, "strategy")[0] == '\0' ? "operator" : client_text(order, "strategy"),
            client_text(order, "reason")[0] == '\0' ? "" : ": ", client_text(order, "reason"));
}

int cmd_orders(int argc, char **argv)
{
    struct client client = {0};
    const char *limit = "100";
    bool open_only = false;
    char path[120];
    int64_t number = 0;
    for (int at = 1; at < argc;) {
        if (str_eq(argv[at], "--open")) {
            open_only = true;
            at++;
        } else if (str_eq(argv[at], "--limit") && at + 1 < argc) {
            limit = argv[at + 1];
            at += 2;
        } else if (client_flag(&client, argc, argv, &at) != 1) {
            return client_usage(argv[0], USAGE, "unknown flag, or a flag without its value");
        }
    }
    if (str_to_i64(limit, strlen(limit), &number) != 0 || number < 1 || number > 500) {
        return client_usage(argv[0], USAGE, "--limit takes a number from 1 to 500");
    }
    (void)str_format(path, sizeof(path), "/orders?limit=%lld%s", (long long)number,
                     open_only ? "&open=true" : "");
    int code = client_ask(&client, "GET", path, NULL);
    if (code == EXIT_OK && client.json) {
        fprintf(stdout, "%s\n", text_get(&client.answer));
    } else if (code == EXIT_OK) {
        const cJSON *order;
        cJSON_ArrayForEach(order, cJSON_GetObjectItemCaseSensitive(client.tree, "orders"))
        {
            print_order(order);
        }
    }
    client_release(&client);
    return code;
}
