#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "fixture.h"

TestSuite(instances, .fini = fixture_remove);

Test(instances, come_in_the_order_of_file_names)
{
    fixture_file("conf.d/20-b.yaml",
                 "kind: risk\nname: limits\nplugin: risk_limits.so\nenabled: false\n");
    fixture_file("conf.d/10-z.yaml",
                 "kind: exchange\nname: binance\nplugin: exchange_binance.so\n");
    fixture_file("conf.d/B-last.yaml", "kind: engine\n");
    fixture_file("conf.d/.hidden.yaml", "nonsense");
    fixture_file("conf.d/exchange_x.so", "not YAML");
    struct config *config = fixture_load();
    expect_problems("");
    cr_assert_eq(config_instance_count(config), 3);

    const struct config_instance *first = config_instance_at(config, 0);
    cr_assert_eq(first->kind, CONFIG_EXCHANGE);
    cr_assert_str_eq(first->name, "binance");
    cr_assert_str_eq(first->plugin, "exchange_binance.so");
    cr_assert(first->enabled);
    cr_assert_null(first->sha256);
    cr_assert_eq(first->mark.line, 1);
    cr_assert_str_eq(first->mark.file, "conf.d/10-z.yaml");
    cr_assert_eq(first->plugin_mark.line, 3);
    cr_assert_eq(first->plugin_mark.column, 9);

    const struct config_instance *second = config_instance_at(config, 1);
    cr_assert_eq(second->kind, CONFIG_RISK);
    cr_assert_not(second->enabled);
    cr_assert_eq(config_engine(config), config_instance_at(config, 2));
    cr_assert_str_eq(config_engine(config)->name, "engine");
    cr_assert_null(config_instance_at(config, 3));
}

Test(instances, without_an_engine_file_there_is_an_engine_of_defaults)
{
    fixture_file("conf.d/10-a.yaml", "kind: sink\nname: a\nplugin: a.so\n");
    struct config *config = fixture_load();
    const struct config_instance *engine = config_engine(config);

    cr_assert_not_null(engine);
    cr_assert_eq(engine->kind, CONFIG_ENGINE);
    cr_assert_null(engine->options);
    cr_assert_eq(config_instance_count(config), 2);
}

Test(instances, header_mistakes_are_named_all_at_once)
{
    fixture_file("conf.d/10-a.yaml",
                 "nmae: a\nplugin: a\nkind: exchnage\nenabled: yes\nsha256: abc\n");
    (void)fixture_load();
    expect_problems(
        "conf.d/10-a.yaml:1:1: unknown key 'nmae' (did you mean 'name'?)\n"
        "conf.d/10-a.yaml:1:1: 'name' is missing: it tells this instance from others\n"
        "conf.d/10-a.yaml:2:9: plugin 'a' does not end in .so\n"
        "conf.d/10-a.yaml:3:7: kind 'exchnage' is not one of exchange, strategy, risk, sink, engine"
        " (did you mean 'exchange'?)\n"
        "conf.d/10-a.yaml:4:10: enabled: 'yes' is neither true nor false (did you mean 'true'?)\n"
        "conf.d/10-a.yaml:5:9: sha256 is not 64 lower-case hexadecimal digits\n");
}

Test(instances, missing_and_shapeless_headers_are_named)
{
    fixture_file("conf.d/10-a.yaml", "options: {}\n");
    fixture_file("conf.d/11-b.yaml", "kind: sink\nname: [a]\nplugin:\n");
    fixture_file("conf.d/12-c.yaml", "kind: sink\nname: Upper Case\nplugin: c.so\n");
    fixture_file("conf.d/13-d.yaml", "kind: engine\nplugin: d.so\n");
    (void)fixture_load();
    expect_problems(
        "conf.d/10-a.yaml:1:1: 'kind' is missing: exchange, strategy, risk, sink or engine\n"
        "conf.d/10-a.yaml:1:1: 'name' is missing: it tells this instance from others\n"
        "conf.d/10-a.yaml:1:1: 'plugin' is missing: the file name of its .so\n"
        "conf.d/11-b.yaml:2:7: 'name' must be one value\n"
        "conf.d/11-b.yaml:3:8: 'plugin' has no value\n"
        "conf.d/12-c.yaml:2:7: name 'Upper Case': a letter, then letters, digits, - and _, all "
        "lower case,"
        " at most 47\n"
        "conf.d/13-d.yaml:2:1: the engine has no plugin\n");
}

Test(instances, names_and_the_engine_are_unique)
{
    fixture_file("conf.d/10-a.yaml", "kind: sink\nname: a\nplugin: a.so\n");
    fixture_file("conf.d/11-a.yaml", "kind: risk\nname: a\nplugin: b.so\n");
    fixture_file("conf.d/12-e.yaml", "kind: engine\n");
    fixture_file("conf.d/13-e.yaml", "kind: engine\nname: other\n");
    struct config *config = fixture_load();
    expect_problems("conf.d/11-a.yaml:1:1: name 'a' is taken by conf.d/10-a.yaml\n"
                    "conf.d/13-e.yaml:1:1: a second engine; the first is conf.d/12-e.yaml\n");
    cr_assert_eq(config_instance_count(config), 2);
}

Test(instances, variables_choose_the_plugin)
{
    fixture_variable("EXCHANGE=kraken");
    fixture_file(
        "conf.d/10-a.yaml",
        "kind: exchange\nname: ${EXCHANGE:-binance}\nplugin: exchange_${EXCHANGE:-binance}.so\n");
    struct config *config = fixture_load();
    expect_problems("");
    cr_assert_str_eq(config_instance_at(config, 0)->name, "kraken");
    cr_assert_str_eq(config_instance_at(config, 0)->plugin, "exchange_kraken.so");
}

Test(instances, near_misses_of_the_file_name_are_warned_about)
{
    fixture_file("conf.d/10-a.yaml", "kind: engine\n");
    fixture_file("conf.d/30-risk.yml", "kind: risk\n");
    struct config *config = fixture_load();
    expect_problems("conf.d/30-risk.yml: warning: is not read: the name must end in .yaml\n");
    cr_assert_eq(config_problem_count(config), 0);
    cr_assert_eq(config_warning_count(config), 1);
}

Test(instances, an_empty_folder_is_a_problem_and_a_missing_one_an_error)
{
    struct config_paths paths = {.dir = "/nonexistent/conf.d"};
    struct config *config = NULL;

    (void)fixture_load();
    expect_problems("conf.d: holds no .yaml file\n");
    cr_assert_eq(config_load(&paths, &config), ERR_NOT_FOUND);
    cr_assert_null(config);
    cr_assert_not_null(strstr(error_message(), "/nonexistent/conf.d"));
}

Test(instances, a_file_anybody_may_write_is_refused)
{
    fixture_file("conf.d/10-a.yaml", "kind: engine\n");
    cr_assert_eq(chmod(fixture_path("conf.d/10-a.yaml"), 0666), 0);
    (void)fixture_load();
    expect_problems("conf.d/10-a.yaml: everybody may write this file: chmod o-w\n");
}

Test(instances, what_is_not_a_file_is_refused)
{
    cr_assert_eq(mkdir(fixture_path("conf.d/10-a.yaml"), 0755), 0);
    (void)fixture_load();
    expect_problems("conf.d/10-a.yaml: 'conf.d/10-a.yaml' is not a regular file\n");
}

Test(instances, others_may_add_problems_at_a_place)
{
    fixture_file("conf.d/10-a.yaml", "kind: sink\nname: a\nplugin: a.so\n");
    struct config *config = fixture_load();
    const struct config_instance *instance = config_instance_at(config, 0);

    cr_assert_eq(
        config_complain(config, instance->plugin_mark, "no such file '%s'", instance->plugin),
        ERR_INVALID);
    config_warn(config, instance->mark, "careful");
    expect_problems(
        "conf.d/10-a.yaml:1:1: warning: careful\nconf.d/10-a.yaml:3:9: no such file 'a.so'\n");
}
