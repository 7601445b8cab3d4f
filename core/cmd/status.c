/* sofia status: can it trade, and if not, why not? */
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

#include "base/banned.h"

#define USAGE "[--json] [--state DIR] [--socket PATH]"

static const char *or_dash(const char *text)
{
    return text[0] == '\0' ? "-" : text;
}

static void print_number(const cJSON *object, const char *name)
{
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(object, name));
    fprintf(stdout, " %s=%s", name, text == NULL ? "?" : text);
    cJSON_free(text);
}

static void print_kill(const cJSON *kill)
{
    const cJSON *latch;
    fprintf(stdout, "kill switch  %s (arming %s)\n", client_text(kill, "state"),
            client_text(kill, "arming"));
    cJSON_ArrayForEach(latch, cJSON_GetObjectItemCaseSensitive(kill, "latches"))
    {
        fprintf(stdout, "             %s over %s since %s by %s: %s%s\n",
                client_text(latch, "level"), client_text(latch, "scope"), client_text(latch, "at"),
                client_text(latch, "author"), client_text(latch, "reason"),
                client_bool(latch, "zero_proven") ? " (nothing open: proven)" : "");
    }
}

static void print_accounts(const cJSON *accounts)
{
    const cJSON *account;
    cJSON_ArrayForEach(account, accounts)
    {
        fprintf(stdout, "account      %s:%s%s", client_text(account, "name"),
                client_bool(account, "ready") ? " connected" : " not connected",
                client_bool(account, "reconciled") ? " reconciled" : " not reconciled");
        print_number(account, "private_streams");
        print_number(account, "market_streams");
        fputc('\n', stdout);
    }
}

static void print_plugins(const cJSON *plugins)
{
    const cJSON *plugin;
    cJSON_ArrayForEach(plugin, plugins)
    {
        if (client_bool(plugin, "quarantined")) {
            fprintf(stdout, "quarantined  %s: %s\n", client_text(plugin, "name"),
                    client_text(plugin, "why"));
        }
    }
}

static void print_health(const cJSON *health)
{
    const cJSON *reason;
    const cJSON *orders = cJSON_GetObjectItemCaseSensitive(health, "orders");
    const cJSON *journal = cJSON_GetObjectItemCaseSensitive(health, "journal");
    fprintf(stdout, "tradable     %s\n", client_bool(health, "tradable") ? "yes" : "no");
    cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(health, "reasons"))
    {
        fprintf(stdout, "             because %s\n",
                cJSON_IsString(reason) ? reason->valuestring : "?");
    }
    fprintf(stdout, "mode         %s (%s, %s, version %s)\n", client_text(health, "mode"),
            client_text(health, "environment"), client_text(health, "deployment"),
            client_text(health, "version"));
    print_kill(cJSON_GetObjectItemCaseSensitive(health, "kill_switch"));
    print_accounts(cJSON_GetObjectItemCaseSensitive(health, "accounts"));
    fputs("orders      ", stdout);
    print_number(orders, "open");
    print_number(orders, "unknown");
    print_number(orders, "sent");
    print_number(orders, "denied");
    print_number(orders, "fills");
    fprintf(stdout, "\nday P&L      %s USD, exposure %s USD\n",
            or_dash(client_text(health, "day_pnl_usd")),
            or_dash(client_text(health, "exposure_usd")));
    fprintf(stdout, "journal      %s %s\n", client_text(journal, "state"),
            client_text(journal, "reason"));
    print_plugins(cJSON_GetObjectItemCaseSensitive(health, "plugins"));
}

int cmd_status(int argc, char **argv)
{
    struct client client = {0};
    for (int at = 1; at < argc;) {
        if (client_flag(&client, argc, argv, &at) != 1) {
            return client_usage(argv[0], USAGE, "unknown flag, or a flag without its value");
        }
    }
    int code = client_ask(&client, "GET", "/health", NULL);
    if (code == EXIT_OK && client.json) {
        fprintf(stdout, "%s\n", text_get(&client.answer));
    } else if (code == EXIT_OK) {
        print_health(client.tree);
    }
    client_release(&client);
    return code;
}
