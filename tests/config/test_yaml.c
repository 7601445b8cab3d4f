#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "fixture.h"

TestSuite(yaml, .fini = fixture_remove);

#define HEAD "kind: sink\nname: a\nplugin: a.so\n"

static void load_bytes(const char *data, size_t len)
{
    fixture_bytes("conf.d/10-a.yaml", data, len);
    (void)fixture_load();
}

static void load(const char *text)
{
    load_bytes(text, strlen(text));
}

Test(yaml, a_good_file_has_no_problem)
{
    load("# comment\n" HEAD
         "options:\n  text: \"x: y\"\n  list: [a, 'b']\n  block: |\n    two\n    lines\n");
    expect_problems("");
    cr_assert_eq(config_problem_count(fixture_config()), 0);
}

Test(yaml, syntax_errors_have_a_place)
{
    load(HEAD "options: [a, b\n");
    expect_problems("conf.d/10-a.yaml:5:1: did not find expected ',' or ']' (while parsing a flow "
                    "sequence of line 4)\n");
    load("kind: sink\n  name: a\n");
    expect_problems("conf.d/10-a.yaml:2:7: mapping values are not allowed in this context\n");
    load("kind: \"sink\n");
    expect_problems("conf.d/10-a.yaml:2:1: found unexpected end of stream (while scanning a quoted "
                    "scalar of line 1)\n");
}

Test(yaml, each_tab_in_the_indentation_is_named)
{
    load(HEAD "options:\n\ta: 1\n  \tb: 2\n  c: 1\t# fine\n");
    expect_problems("conf.d/10-a.yaml:5:1: a tab in the indentation; use spaces\n"
                    "conf.d/10-a.yaml:6:3: a tab in the indentation; use spaces\n");
}

Test(yaml, bytes_that_are_no_text_are_named)
{
    load("kind: sink\nname: \xff\n");
    expect_problems("conf.d/10-a.yaml:2:7: byte 0xff is not UTF-8\n");
    load("kind: \xc3\xa9\x01\n");
    expect_problems("conf.d/10-a.yaml:1:8: control character 0x01\n");
    load_bytes("kind: \0sink\n", 12);
    expect_problems("conf.d/10-a.yaml:1:7: control character 0x00\n");
    load(HEAD "options: {a: \"x\\0y\"}\n");
    expect_problems("conf.d/10-a.yaml:4:14: a zero byte in a text\n");
    load("\xff\xfek\0i\0");
    expect_problems("conf.d/10-a.yaml:1:1: byte 0xff is not UTF-8\n");
}

Test(yaml, anchors_aliases_tags_and_merges_are_refused)
{
    load(HEAD "options:\n  a: &x 1\n  b: *x\n  c: !!int 3\n  d: ! e\n");
    expect_problems("conf.d/10-a.yaml:5:6: anchors (&name) are not used here\n"
                    "conf.d/10-a.yaml:6:6: aliases (*name) are not used here\n"
                    "conf.d/10-a.yaml:7:6: tags (!type) are not used here\n"
                    "conf.d/10-a.yaml:8:6: tags (!type) are not used here\n");
}

Test(yaml, directives_and_second_documents_are_refused)
{
    load("%YAML 1.1\n---\n" HEAD);
    expect_problems("conf.d/10-a.yaml:1:1: directives (%) are not used here\n");
    load(HEAD "---\nkind: sink\n");
    expect_problems("conf.d/10-a.yaml:4:1: a second document; one file is one instance\n");
}

Test(yaml, duplicate_keys_name_the_first)
{
    load(HEAD "name: b\noptions:\n  x: 1\n  y: 2\n  x: 3\n");
    expect_problems("conf.d/10-a.yaml:4:1: 'name' is given twice, first in line 2\n"
                    "conf.d/10-a.yaml:8:3: 'x' is given twice, first in line 6\n");
}

Test(yaml, a_key_must_be_a_word)
{
    load("? [a, b]\n: c\n");
    expect_problems("conf.d/10-a.yaml:1:3: a key must be a plain word\n");
}

Test(yaml, empty_and_shapeless_files_are_refused)
{
    load("");
    expect_problems("conf.d/10-a.yaml: is empty\n");
    load("# only a comment\n");
    expect_problems("conf.d/10-a.yaml: is empty\n");
    load("- a\n");
    expect_problems(
        "conf.d/10-a.yaml:1:1: the file must be a map that begins with kind: and name:\n");
    load("just text\n");
    expect_problems(
        "conf.d/10-a.yaml:1:1: the file must be a map that begins with kind: and name:\n");
}

Test(yaml, depth_is_bounded)
{
    load(HEAD "options: [[[[[[[[[[x]]]]]]]]]]\n");
    expect_problems("conf.d/10-a.yaml:4:17: nested deeper than 8\n");
}

Test(yaml, size_of_a_file_is_bounded)
{
    static char big[CONFIG_FILE_BYTES + 1];

    memset(big, '#', sizeof(big));
    load_bytes(big, sizeof(big));
    expect_problems(
        "conf.d/10-a.yaml: 'conf.d/10-a.yaml' has 262145 bytes, at most 262144 are read\n");
}

Test(yaml, number_of_values_in_a_file_is_bounded)
{
    static char many[CONFIG_FILE_BYTES];
    size_t n = 0;

    n += (size_t)snprintf(many, sizeof(many), HEAD "options: [");
    for (int i = 0; i < CONFIG_NODES_MAX; i++) {
        n += (size_t)snprintf(many + n, sizeof(many) - n, "a,");
    }
    snprintf(many + n, sizeof(many) - n, "]\n");
    load(many);
    cr_assert_not_null(strstr(fixture_problems(), ": more than 20000 values in one file\n"), "%s",
                       fixture_problems());
}

Test(yaml, length_of_a_value_is_bounded)
{
    static char file[CONFIG_TEXT_MAX + 200];
    size_t n = (size_t)snprintf(file, sizeof(file), HEAD "options: {a: ");

    memset(file + n, 'x', CONFIG_TEXT_MAX + 1);
    memcpy(file + n + CONFIG_TEXT_MAX + 1, "}\n", 3);
    load(file);
    expect_problems("conf.d/10-a.yaml:4:14: a value of 4097 bytes, at most 4096\n");
}

Test(yaml, problems_beyond_the_bound_are_counted)
{
    static char many[CONFIG_FILE_BYTES];
    size_t n = (size_t)snprintf(many, sizeof(many), HEAD);

    for (int i = 0; i < 300; i++) {
        n += (size_t)snprintf(many + n, sizeof(many) - n, "unknown%d: 1\n", i);
    }
    load(many);
    cr_assert_eq(config_problem_count(fixture_config()), 300);
    cr_assert_not_null(strstr(fixture_problems(), "\nconf.d: 100 more, not shown\n"));
}
