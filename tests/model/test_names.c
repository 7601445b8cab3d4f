#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "model/names.h"

static int add(struct names *names, uint32_t what, uint32_t id, uint32_t account, const char *name)
{
    struct record_name record = {.what = what, .id = id, .account = account};
    (void)str_copy(record.name, sizeof(record.name), name);
    return names_apply(names, &record);
}

Test(names, a_number_is_given_once_and_found_again)
{
    struct names names = {0};
    struct record_name next;
    names_next(&names, NAME_STRATEGY, 0, "maker", &next);
    cr_assert_eq(next.id, 1);
    cr_assert_eq(names_apply(&names, &next), 0);
    names_next(&names, NAME_STRATEGY, 0, "taker", &next);
    cr_assert_eq(next.id, 2);
    cr_assert_eq(names_apply(&names, &next), 0);
    cr_assert_eq(names_find(&names, NAME_STRATEGY, 0, "maker"), 1);
    cr_assert_eq(names_find(&names, NAME_STRATEGY, 0, "nobody"), 0);
    cr_assert_eq(names_find(&names, NAME_RULE, 0, "maker"), 0, "numbers are per kind");
    cr_assert_str_eq(names_text(&names, NAME_STRATEGY, 2), "taker");
    names_release(&names);
}

Test(names, the_same_instrument_of_two_accounts_is_two_names)
{
    struct names names = {0};
    cr_assert_eq(add(&names, NAME_INSTRUMENT, 1, 1, "BTC/USDT"), 0);
    cr_assert_eq(add(&names, NAME_INSTRUMENT, 2, 2, "BTC/USDT"), 0);
    cr_assert_eq(names_find(&names, NAME_INSTRUMENT, 2, "BTC/USDT"), 2);
    cr_assert_eq(names_find(&names, NAME_INSTRUMENT, 0, "BTC/USDT"), 1);
    cr_assert_eq(names_find(&names, NAME_INSTRUMENT, 3, "BTC/USDT"), 0);
    names_release(&names);
}

Test(names, a_second_record_of_a_number_updates_it)
{
    struct names names = {0};
    cr_assert_eq(add(&names, NAME_ACCOUNT, 1, 0, "main"), 0);
    struct record_name known = *names_get(&names, NAME_ACCOUNT, 1);
    (void)str_copy(known.venue_symbol, sizeof(known.venue_symbol), "uid-9");
    cr_assert_eq(names_apply(&names, &known), 0);
    cr_assert_eq(names.count[NAME_ACCOUNT], 1);
    cr_assert_str_eq(names_get(&names, NAME_ACCOUNT, 1)->venue_symbol, "uid-9");
    names_release(&names);
}

Test(names, gaps_and_kinds_nobody_knows_are_corrupt)
{
    struct names names = {0};
    cr_assert_eq(add(&names, NAME_ACCOUNT, 2, 0, "main"), ERR_CORRUPT);
    cr_assert_eq(add(&names, NAME_ACCOUNT, 0, 0, "main"), ERR_CORRUPT);
    cr_assert_eq(add(&names, 0, 1, 0, "main"), ERR_CORRUPT);
    cr_assert_eq(add(&names, NAMES_KINDS, 1, 0, "main"), ERR_CORRUPT);
    cr_assert_null(names_get(&names, NAME_ACCOUNT, 1));
    cr_assert_null(names_get(&names, NAMES_KINDS, 1));
    cr_assert_str_eq(names_text(&names, NAME_ACCOUNT, 7), "");
    names_release(&names);
}

Test(names, numbers_survive_growth)
{
    struct names names = {0};
    char name[SOFIA_NAME_SIZE];
    for (uint32_t i = 1; i <= 100; i++) {
        (void)str_format(name, sizeof(name), "rule-%u", i);
        cr_assert_eq(add(&names, NAME_RULE, i, 0, name), 0);
    }
    cr_assert_str_eq(names_text(&names, NAME_RULE, 1), "rule-1");
    cr_assert_str_eq(names_text(&names, NAME_RULE, 100), "rule-100");
    names_release(&names);
}
