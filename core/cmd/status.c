/* sofia status: tradable or not, and why; then what there is. Numbers are shown as the engine wrote them. */
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int whole(const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);
    return cJSON_IsNumber(item) ? item->valueint : 0;
}

static void show_reasons(const cJSON *root)
{
    const cJSON *reason;
    fprintf(stdout, "%s, mode %s\n", cJSON_IsTrue(member(root, "tradable")) ? "tradable" : "NOT TRADABLE",
            client_text(root, "mode"));
    cJSON_ArrayForEach(reason, member(root, "reasons"))
    {
        fprintf(stdout, "  because %s\n", cJSON_IsString(reason) ? reason->valuestring : "?");
    }
}

static void show_kill(const cJSON *kill)
{
    const cJSON *latch;
    fprintf(stdout, "kill switch  %s, arming %s\n",
            cJSON_IsTrue(member(kill, "engaged")) ? "ENGAGED" : "not engaged",
            client_text(kill, "arming"));
    cJSON_ArrayForEach(latch, member(kill, "latches"))
    {
        fprintf(stdout, "  %s at level %s by %s: %s\n", client_text(latch, "scope"),
                client_text(latch, "level"), client_text(latch, "author"),
                client_text(latch, "reason"));
    }
}

static void show_accounts(const cJSON *root)
{
    const cJSON *account;
    cJSON_ArrayForEach(account, member(root, "accounts"))
    {
        fprintf(stdout, "account      %s: %s%s%s\n", client_text(account, "name"),
                cJSON_IsTrue(member(account, "reconciled")) ? "reconciled" : "not reconciled",
                cJSON_IsTrue(member(account, "ready")) ? ", connected" : ", not connected",
                cJSON_IsTrue(member(account, "fatal")) ? ", STOPPED" : "");
        if (client_text(account, "why")[0] != '\0') {
            fprintf(stdout, "  %s\n", client_text(account, "why"));
        }
    }
}

int cmd_status(int argc, char **argv)
{
    struct client client;
    struct client_answer answer;
    if (client_parse(&client, argc, argv, "sofia status [--state DIR] [--json]") != 0) {
        return EXIT_USAGE;
    }
    int code = client_ask(&client, "GET", "/health", NULL, &answer);
    if (code < 0) {
        const cJSON *orders = member(answer.root, "orders");
        show_reasons(answer.root);
        show_kill(member(answer.root, "kill_switch"));
        show_accounts(answer.root);
        fprintf(stdout, "orders       %d open, %d unknown, %d sent, %d denied, %d fills\n",
                whole(orders, "open"), whole(orders, "unknown"), whole(orders, "sent"),
                whole(orders, "denied"), whole(orders, "fills"));
        fprintf(stdout, "P&L          %s USD today, exposure %s USD\n",
                client_text(answer.root, "day_pnl_usd"), client_text(answer.root, "exposure_usd"));
        code = EXIT_OK;
    }
    client_answer_release(&answer);
    return code;
}
