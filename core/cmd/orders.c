/* sofia orders: the newest orders, one a line. sofia orders amend ID: changes one that lives. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

#include "base/banned.h"

#define USAGE                                                                                      \
    "[--open] [--limit N] [--json] [--state DIR] [--socket PATH], or amend ID [--qty Q] [--price " \
    "P]"

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

/* ---- amend ---- */

#define AMEND_USAGE                                                                                \
    "amend ID [--qty Q] [--price P] [--dry-run] [--key KEY] [--json] [--state DIR] [--socket "     \
    "PATH]"

struct change {
    const char *id;
    const char *qty;
    const char *price;
    bool dry_run;
};

static int read_change(int argc, char **argv, struct client *client, struct change *ret_change)
{
    for (int at = 2; at < argc;) {
        const char **value = str_eq(argv[at], "--qty")     ? &ret_change->qty
                             : str_eq(argv[at], "--price") ? &ret_change->price
                             : str_eq(argv[at], "--key")   ? &client->key
                                                           : NULL;
        if (value != NULL && at + 1 < argc) {
            *value = argv[at + 1];
            at += 2;
        } else if (str_eq(argv[at], "--dry-run")) {
            ret_change->dry_run = true;
            at++;
        } else if (value == NULL && argv[at][0] != '-' && ret_change->id == NULL) {
            ret_change->id = argv[at++];
        } else if (value != NULL || client_flag(client, argc, argv, &at) != 1) {
            return client_usage(argv[0], AMEND_USAGE, "unknown flag, or a flag without its value");
        }
    }
    if (ret_change->id == NULL || strpbrk(ret_change->id, " ?#%/") != NULL) {
        return client_usage(argv[0], AMEND_USAGE, "the id of an order is needed");
    }
    if (ret_change->qty == NULL && ret_change->price == NULL) {
        return client_usage(argv[0], AMEND_USAGE, "--qty, --price or both: what is to change");
    }
    if (client->key != NULL && strpbrk(client->key, " \t\r\n") != NULL) {
        return client_usage(argv[0], AMEND_USAGE, "--key takes a word without blanks");
    }
    return EXIT_OK;
}

/* A key of its own for each call; whoever wants to repeat one safely gives --key. */
static int make_key(char ret_key[48])
{
    uint64_t random[2];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        fprintf(stderr, "sofia: no random numbers for a key; give --key\n");
        return EXIT_FAILED;
    }
    (void)str_format(ret_key, 48, "cli-%016llx%016llx", (unsigned long long)random[0],
                     (unsigned long long)random[1]);
    return EXIT_OK;
}

static void print_changed(const struct client *client, const struct change *change)
{
    const cJSON *tree = client->tree;
    if (change->dry_run) {
        fprintf(stdout, "%s %s\n",
                client_bool(tree, "would_pass") ? "would pass" : "would not pass:",
                client_text(tree, "detail"));
    } else {
        fprintf(stdout, "order %s replaces %s: %s at %s, %s\n", client_text(tree, "order_id"),
                change->id, client_text(tree, "quantity"), client_text(tree, "price"),
                client_text(tree, "state"));
    }
}

static int amend(int argc, char **argv)
{
    struct client client = {0};
    struct change change = {0};
    struct text body = {0};
    char key[48];
    char path[160];
    int code = read_change(argc, argv, &client, &change);
    if (code == EXIT_OK && client.key == NULL) {
        code = make_key(key);
        client.key = key;
    }
    if (code != EXIT_OK) {
        return code;
    }
    if (change.qty != NULL) {
        client_put(&body, "quantity", change.qty);
    }
    if (change.price != NULL) {
        client_put(&body, "price", change.price);
    }
    text_add(&body, "}");
    (void)str_format(path, sizeof(path), "/orders/%.100s%s", change.id,
                     change.dry_run ? "?dry_run=true" : "");
    code = client_ask(&client, "PATCH", path, &body);
    if (code == EXIT_OK && client.json) {
        fprintf(stdout, "%s\n", text_get(&client.answer));
    } else if (code == EXIT_OK) {
        print_changed(&client, &change);
    }
    client_release(&client);
    text_release(&body);
    return code;
}

/* ---- list ---- */

int cmd_orders(int argc, char **argv)
{
    struct client client = {0};
    const char *limit = "100";
    bool open_only = false;
    char path[120];
    int64_t number = 0;
    if (argc > 1 && str_eq(argv[1], "amend")) {
        return amend(argc, argv);
    }
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
