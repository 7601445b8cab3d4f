/* sofia orders: the newest orders of the running engine, one a line. */
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

int cmd_orders(int argc, char **argv)
{
    struct client client;
    struct client_answer answer;
    const cJSON *order;
    if (client_parse(&client, argc, argv, "sofia orders [--state DIR] [--open] [--json]") != 0) {
        return EXIT_USAGE;
    }
    const char *path = client.open_only ? "/orders?open=true&limit=100" : "/orders?limit=50";
    int code = client_ask(&client, "GET", path, NULL, &answer);
    if (code < 0) {
        fprintf(stdout, "%-8s %-12s %-5s %-7s %12s %12s %12s  %-16s %s\n", "id", "symbol", "side",
                "type", "quantity", "price", "filled", "state", "strategy");
        cJSON_ArrayForEach(order, cJSON_GetObjectItemCaseSensitive(answer.root, "orders"))
        {
            fprintf(stdout, "%-8s %-12s %-5s %-7s %12s %12s %12s  %-16s %s\n",
                    client_text(order, "order_id"), client_text(order, "symbol"),
                    client_text(order, "side"), client_text(order, "type"),
                    client_text(order, "quantity"), client_text(order, "price"),
                    client_text(order, "filled_quantity"), client_text(order, "state"),
                    client_text(order, "strategy"));
        }
        code = EXIT_OK;
    }
    client_answer_release(&answer);
    return code;
}
