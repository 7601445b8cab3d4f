/* The collection of wrong modules: each is refused with the sentence its README promises, or belongs to those that are stopped
 * while running. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"

static const struct {
    const char *name;
    const char *sentences[3];
} refused[] = {
    {"no_symbol", {"exports no data named sofia_module"}},
    {"wrong_magic", {"not a Sofia plugin"}},
    {"wrong_major", {"built for ABI 2, this core has ABI 1"}},
    {"newer_minor", {"needs ABI 1.7, this core has ABI 1.0"}},
    {"newer_struct",
     {"struct sofia_module is larger (88) than this core knows (80): built with a newer SDK"}},
    {"newer_descriptor",
     {"struct sofia_strategy is larger (72) than this core knows (64): built with a newer SDK"}},
    {"null_descriptor", {"has no descriptor (struct sofia_strategy)"}},
    {"missing_callback",
     {"struct sofia_strategy has 24 bytes, this core needs at least 48 (on_event, stop, destroy "
      "are missing)"}},
    {"null_callback", {"struct sofia_strategy has no on_event"}},
    {"bad_id", {"id 'Bad Strategy!' is not vendor.kind.name in lower case"}},
    {"id_of_other_kind",
     {"id 'bad.exchange.confused' says 'exchange', the module is of kind strategy"}},
    {"unknown_kind", {"kind 9 is none of exchange, strategy, risk, sink"}},
    {"bad_default", {"option 'levels' has a bad default: 'ten' is not a whole number"}},
    {"default_out_of_range", {"option 'levels' has a bad default: '4' is above the maximum 3"}},
    {"option_twice", {"option 'levels' is there twice"}},
    {"option_without_default", {"option 'levels' is not required and has no default"}},
    {"option_stride", {"struct sofia_option has 8 bytes, this core needs at least 80"}},
    {"endpoint_origin", {"endpoint 0 (GET /account) lives at origin 7, the table has 1"}},
    {"endpoint_bucket", {"endpoint 0 (GET /account) is charged to bucket 2, the table has 1"}},
    {"endpoint_class", {"endpoint 0 (GET /account) has class 9, this core knows 1 to 4"}},
    {"endpoint_method",
     {"endpoint 0 (FETCH /account) has a method that is not GET, POST, PUT, DELETE, WS or LOCAL"}},
    {"order_resend_safe", {"(POST /order) places orders and is RESEND_SAFE"}},
    {"mislabelled_order", {"endpoint 0 (POST /order) is a question and not RESEND_SAFE"}},
    {"no_cancel", {"has no endpoint of class CANCEL: it could stop no order"}},
    {"imports_socket", {"imports socket, which only a sink may"}},
    {"three_problems",
     {"built for ABI 2, this core has ABI 1",
      "id 'Bad Strategy!' is not vendor.kind.name in lower case",
      "struct sofia_strategy has no on_event"}},
};

/* Nothing in their data is wrong. */
static const char *const loadable[] = {
    "innocent_strategy", "innocent_exchange", "innocent_amends", "create_fails",
    "sends_order",       "smuggles_header",   "smuggles_query",  "smuggles_operation",
    "escapes_operation", "local_order",       "local_smuggles",  "strategy_fails",
    "strategy_floods",   "strategy_slow",     "risk_fails",      "strategy_dies"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *file_of(const char *name)
{
    static char file[64];
    cr_assert_eq(str_format(file, sizeof(file), "%s.so", name), 0);
    return file;
}

Test(loader_refused, each_says_what_is_wrong)
{
    for (size_t i = 0; i < LENGTH(refused); i++) {
        const char *message = must_refuse(BAD, file_of(refused[i].name), 0);
        must_say(message, file_of(refused[i].name));
        for (size_t k = 0; k < LENGTH(refused[i].sentences) && refused[i].sentences[k] != NULL;
             k++) {
            must_say(message, refused[i].sentences[k]);
        }
        cr_expect_eq(error_code(), ERR_INVALID);
    }
}

Test(loader_refused, no_constructor_ran)
{
    cr_assert_null(getenv("SOFIA_BAD_CONSTRUCTOR_RAN"));
    (void)must_refuse(BAD, "imports_socket.so", 0);
    cr_assert_null(getenv("SOFIA_BAD_CONSTRUCTOR_RAN"));
}

Test(loader_refused, whose_data_is_right_comes_in)
{
    for (size_t i = 0; i < LENGTH(loadable); i++) {
        (void)must_load(BAD, file_of(loadable[i]), 0);
    }
}

static bool is_listed(const char *file)
{
    for (size_t i = 0; i < LENGTH(refused); i++) {
        if (str_eq(file, file_of(refused[i].name))) {
            return true;
        }
    }
    for (size_t i = 0; i < LENGTH(loadable); i++) {
        if (str_eq(file, file_of(loadable[i]))) {
            return true;
        }
    }
    return false;
}

Test(loader_refused, none_is_forgotten)
{
    DIR *dir = opendir(BAD);
    const struct dirent *entry;
    cr_assert_not_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (str_ends(entry->d_name, ".so")) {
            cr_expect(is_listed(entry->d_name) ? 1u : 0u, "%s is in no list of this test",
                      entry->d_name);
        }
    }
    (void)closedir(dir);
}
