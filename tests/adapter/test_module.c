/* The .so of an adapter itself: one symbol, data, complete. ADAPTER is its name, from CMake. */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <string.h>

#include <sofia/module.h>

static void *handle;
static const struct sofia_module *module;

static void init(void)
{
    handle = dlopen(SOFIA_BINARY_DIR "/plugins/exchange_" ADAPTER ".so", RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(handle, "%s", dlerror());
    module = dlsym(handle, SOFIA_MODULE_SYMBOL);
    cr_assert_not_null(module);
}

TestSuite(adapter_module, .init = init);

Test(adapter_module, names_itself_and_its_interface)
{
    cr_expect_eq(module->magic, SOFIA_MAGIC);
    cr_expect_eq(module->size, sizeof(struct sofia_module));
    cr_expect_eq(module->abi_major, SOFIA_ABI_MAJOR);
    cr_expect_eq(module->kind, SOFIA_KIND_EXCHANGE);
    cr_expect_str_eq(module->id, "sofia.exchange." ADAPTER);
    cr_expect_eq(module->capabilities, 0, "it never sees a secret");
}

Test(adapter_module, exports_nothing_else)
{
    static const char *const inside[] = {ADAPTER "_exchange", ADAPTER "_options",
                                         ADAPTER "_config_read", "sofia_json_init",
                                         "sofia_request_open"};

    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        cr_expect_null(dlsym(handle, inside[i]), "%s", inside[i]);
    }
}

Test(adapter_module, options_are_unique_and_documented)
{
    cr_assert_eq(module->option_size, sizeof(struct sofia_option));
    for (uint32_t i = 0; i < module->option_count; i++) {
        const struct sofia_option *option = &module->options[i];
        cr_expect_eq(option->size, sizeof(*option));
        cr_expect_not_null(option->default_text);
        cr_expect_not_null(option->doc);
        cr_expect_neq(option->doc[strlen(option->doc) - 1], '.');
        for (uint32_t j = 0; j < i; j++) {
            cr_expect_str_neq(option->name, module->options[j].name);
        }
    }
}

Test(adapter_module, has_every_callback)
{
    const struct sofia_exchange *x = module->descriptor;

    cr_expect_eq(x->size, sizeof(*x));
    cr_expect(x->create && x->start && x->stop && x->destroy);
    cr_expect(x->encode_submit && x->encode_cancel && x->encode_cancel_all && x->encode_query);
    cr_expect(x->encode_open_orders && x->encode_account && x->encode_trades && x->encode_time);
    cr_expect(x->encode_instruments && x->on_answer && x->on_piece && x->on_stream && x->on_frame);
    cr_expect(x->on_timer && x->subscribe && x->resync && x->origin_url);
    cr_expect_not_null(x->encode_replace);
}
