/* What is good comes in, once, and nothing of what is refused has run. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "fixture.h"

static const char *id_of(const char *folder, const char *name, uint32_t kind)
{
    return module_descriptor(must_load(folder, name, kind))->id;
}

Test(loader, each_kind_loads)
{
    cr_assert_str_eq(id_of(PLUGINS, "exchange_binance.so", SOFIA_KIND_EXCHANGE),
                     "sofia.exchange.binance");
    cr_assert_str_eq(id_of(PLUGINS, "strategy_quoter.so", SOFIA_KIND_STRATEGY),
                     "sofia.strategy.quoter");
    cr_assert_str_eq(id_of(PLUGINS, "risk_limits.so", SOFIA_KIND_RISK), "sofia.risk.limits");
    cr_assert_str_eq(id_of(PLUGINS, "sink_jsonl.so", SOFIA_KIND_SINK), "sofia.sink.jsonl");
    cr_assert_str_eq(id_of(PLUGINS, "sink_prometheus.so", 0), "sofia.sink.prometheus");
}

Test(loader, another_kind_than_configured_is_refused)
{
    must_say(must_refuse(PLUGINS, "risk_limits.so", SOFIA_KIND_SINK),
             "is of kind risk, the configuration expects sink");
}

Test(loader, the_same_file_is_the_same_module)
{
    struct room room;
    room_init(&room);
    room_copy(&room, MODULES "/plain.so", "plain.so");
    cr_assert_eq(symlink("plain.so", room_path(&room, "alias.so")), 0);
    const struct module *module = must_load(room.path, "plain.so", 0);
    cr_expect_eq(must_load(room.path, "plain.so", SOFIA_KIND_RISK), module);
    cr_expect_eq(must_load(room.path, "alias.so", 0), module);
    cr_expect_eq(must_load(room.path, room_path(&room, "plain.so"), 0), module);
    cr_expect_str_eq(module_path(module), room_path(&room, "plain.so"));
    cr_expect_eq(strlen(module_sha256(module)), 64u);
    room_release(&room);
}

Test(loader, a_copy_is_a_module_of_its_own)
{
    struct room room;
    room_init(&room);
    room_copy(&room, MODULES "/plain.so", "one.so");
    room_copy(&room, MODULES "/plain.so", "two.so");
    const struct module *one = must_load(room.path, "one.so", 0);
    const struct module *two = must_load(room.path, "two.so", 0);
    cr_expect_neq(one, two);
    cr_expect_str_eq(module_sha256(one), module_sha256(two));
    room_release(&room);
}

/* The linker would hand out the old one under the same name. */
Test(loader, a_file_that_changed_after_loading_needs_a_restart)
{
    struct room room;
    room_init(&room);
    room_copy(&room, MODULES "/plain.so", "plain.so");
    (void)must_load(room.path, "plain.so", 0);
    room_copy(&room, MODULES "/older.so", "plain.so");
    must_say(must_refuse(room.path, "plain.so", 0), "has changed since this process loaded it");
    room_release(&room);
}

Test(loader, the_mark_of_a_good_module_shows_that_it_ran)
{
    cr_assert_null(getenv("SOFIA_MARK_GOOD"));
    (void)must_load(MODULES, "marks_good.so", SOFIA_KIND_RISK);
    cr_assert_not_null(getenv("SOFIA_MARK_GOOD"));
}

/* The callback and the default stand behind pointers that only relocations make. */
Test(loader, nothing_of_a_refused_module_has_run)
{
    const char *message = must_refuse(MODULES, "marks_late.so", SOFIA_KIND_RISK);
    must_say(message, "struct sofia_risk has no check");
    must_say(message, "option 'limit' has a bad default");
    cr_assert_null(getenv("SOFIA_MARK_LATE"));
    (void)must_refuse(MODULES, "marks_good.so", SOFIA_KIND_SINK);
    cr_assert_null(getenv("SOFIA_MARK_GOOD"));
}

Test(loader, what_an_older_plugin_does_not_have_is_zero)
{
    const struct sofia_module *desc = module_descriptor(must_load(MODULES, "older.so", 0));
    const struct sofia_risk *risk = desc->descriptor;
    cr_expect_not_null(risk->check);
    cr_expect_null(risk->on_event);
    cr_expect_null(risk->config_check);
    cr_expect_null(risk->config_commit);
}

Test(loader, a_sink_may_import_what_others_may_not)
{
    (void)must_load(MODULES, "sink_socket.so", SOFIA_KIND_SINK);
}

Test(loader, relocations_and_hashes_of_either_style_are_read)
{
    cr_assert_str_eq(id_of(MODULES, "packed.so", 0), "test.risk.plain");
    cr_assert_str_eq(id_of(MODULES, "old_hash.so", 0), "test.risk.plain");
}

Test(loader, how_a_file_was_linked_is_judged)
{
    must_say(must_refuse(MODULES, "exec_stack.so", 0), "needs an executable stack");
    must_say(must_refuse(MODULES, "runpath.so", 0),
             "search path of its own for libraries (RUNPATH)");
    must_say(must_refuse(MODULES, "rpath.so", 0), "search path of its own for libraries (RPATH)");
    must_say(must_refuse(MODULES, "needs_uv.so", 0),
             "needs the library libuv.so.1, which only a sink may");
}

Test(loader, describe_tells_what_a_person_asks)
{
    struct text out = {0};
    module_describe(module_descriptor(must_load(PLUGINS, "exchange_binance.so", 0)), &out);
    must_say(text_get(&out), "sofia.exchange.binance ");
    must_say(text_get(&out), "kind exchange, ABI 1.0");
    must_say(text_get(&out), "recv_window: duration, at least 100ms, at most 60s");
    must_say(text_get(&out), "trade  POST   rest /api/v3/order");
    must_say(text_get(&out), "weight-1m: 6000 in 60000 ms per address");
    text_clear(&out);
    module_describe(module_descriptor(must_load(PLUGINS, "sink_jsonl.so", 0)), &out);
    must_say(text_get(&out), "wants: orders control channels\n");
    text_clear(&out);
    module_describe(module_descriptor(must_load(MODULES, "plain.so", 0)), &out);
    must_say(text_get(&out), "test.risk.plain 1, kind risk, ABI 1.0\nfor a test\n\nno options\n");
    text_release(&out);
}
