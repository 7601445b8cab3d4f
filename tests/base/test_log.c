#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

static char dir[64];
static char path[128];
static struct clock_sim sim;

static void begin(struct log_options options)
{
    memcpy(dir, "/tmp/sofia-log-XXXXXX", 22);
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/api.log", dir);
    clock_sim_init(&sim, INT64_C(1709251199999999999));
    options.path = path;
    options.quiet = true;
    options.clock = &sim.clock;
    cr_assert_eq(log_init(&options), 0, "%s", error_text());
}

static char *content(void)
{
    char *data = NULL;
    size_t len = 0;

    cr_assert_eq(file_read(path, 1 << 20, &data, &len), 0, "%s", error_text());
    return data;
}

static void end(void)
{
    log_release();
    unlink(path);
    rmdir(dir);
}

Test(log, a_line_has_time_level_area_and_text)
{
    begin((struct log_options){0});
    log_info("net", "connected host=%s", "a");
    char *seen = content();
    cr_assert_str_eq(
        seen, "ts=2024-02-29T23:59:59.999999999Z level=info area=net msg=\"connected host=a\"\n");
    free(seen);
    end();
}

Test(log, json_is_one_object_a_line)
{
    begin((struct log_options){.format = LOG_JSON});
    log_error("keys", "say \"no\"\nnow\\");
    char *seen = content();
    cr_assert_str_eq(
        seen, "{\"ts\":\"2024-02-29T23:59:59.999999999Z\",\"level\":\"error\",\"area\":\"keys\","
              "\"msg\":\"say \\\"no\\\"\\u000anow\\\\\"}\n");
    free(seen);
    end();
}

Test(log, the_level_filters)
{
    begin((struct log_options){.level = LOG_WARN});
    log_info("net", "silent");
    log_warn("net", "heard");
    log_set_level(LOG_DEBUG);
    log_debug("net", "detail");
    char *seen = content();
    cr_assert_null(strstr(seen, "silent"));
    cr_assert_not_null(strstr(seen, "level=warn area=net msg=\"heard\""));
    cr_assert_not_null(strstr(seen, "level=debug area=net msg=\"detail\""));
    free(seen);
    end();
}

Test(log, queued_lines_are_written_by_the_drain_only)
{
    begin((struct log_options){0});
    log_start();
    log_info("a", "one");
    log_info("a", "two");
    char *seen = content();
    cr_assert_str_eq(seen, "");
    free(seen);
    cr_assert_eq(log_drain(1), 1);
    cr_assert_eq(log_drain(100), 1);
    cr_assert_eq(log_drain(100), 0);
    seen = content();
    const char *one = strstr(seen, "one");
    const char *two = strstr(seen, "two");
    cr_assert(one != NULL && two != NULL && one < two);
    free(seen);
    end();
}

Test(log, what_finds_no_room_is_reported_as_a_line)
{
    begin((struct log_options){.queue_records = 4});
    log_start();
    for (int i = 0; i < 10; i++) {
        log_info("a", "line %d", i);
    }
    cr_assert_eq(log_dropped(), 6);
    cr_assert_eq(log_drain(100), 4);
    char *seen = content();
    cr_assert_not_null(
        strstr(seen, "level=warn area=log msg=\"log lines dropped count=6 total=6\""), "%s", seen);
    cr_assert_null(strstr(seen, "line 4"));
    free(seen);
    end();
}

Test(log, release_writes_what_is_queued)
{
    begin((struct log_options){0});
    log_start();
    log_info("a", "last words");
    log_release();
    char *seen = content();
    cr_assert_not_null(strstr(seen, "last words"));
    free(seen);
    unlink(path);
    rmdir(dir);
}

Test(log, follows_a_rotated_file)
{
    char rotated[160];

    begin((struct log_options){0});
    snprintf(rotated, sizeof(rotated), "%s.1", path);
    log_start();
    log_info("a", "before");
    log_drain(10);
    cr_assert_eq(rename(path, rotated), 0);
    log_info("a", "after");
    log_drain(10);
    char *seen = content();
    cr_assert_not_null(strstr(seen, "after"));
    cr_assert_null(strstr(seen, "before"));
    free(seen);
    unlink(rotated);
    end();
}

Test(log, the_longest_worst_text_stays_one_cut_line)
{
    char bad[2000];

    memset(bad, '\x01', sizeof(bad) - 1);
    bad[sizeof(bad) - 1] = '\0';
    begin((struct log_options){.format = LOG_JSON});
    log_info("area-name-much-too-long-to-be-kept", "%s", bad);
    char *seen = content();
    cr_assert_eq(strchr(seen, '\n'), seen + strlen(seen) - 1);
    cr_assert_not_null(strstr(seen, "\\u0001...\"}"));
    free(seen);
    end();
}

Test(log, does_not_touch_the_error_stack)
{
    begin((struct log_options){0});
    (void)error_set(ERR_WRONG_STATE, "kept");
    log_info("a", "x");
    cr_assert_str_eq(error_message(), "kept");
    end();
}

Test(log, a_path_that_cannot_be_opened_is_an_error)
{
    struct log_options options = {.path = "/nonexistent/api.log"};

    cr_assert_eq(log_init(&options), ERR_NOT_FOUND);
}

Test(log, level_names_are_known)
{
    cr_assert_eq(log_level_of("debug"), LOG_DEBUG);
    cr_assert_eq(log_level_of("error"), LOG_ERROR);
    cr_assert_eq(log_level_of("loud"), LOG_LEVEL_INVALID);
}
