/* A folder with a conf.d, made from texts and thrown away. One per test process. */
#ifndef TESTS_CONFIG_FIXTURE_H
#define TESTS_CONFIG_FIXTURE_H

#include "config/config.h"

/* name is relative to the folder: "conf.d/10-x.yaml", ".env". */
void fixture_file(const char *name, const char *text);
void fixture_bytes(const char *name, const char *data, size_t len);
const char *fixture_path(const char *name);

/* "NAME=value"; the process's own environment is not seen. */
void fixture_variable(const char *assignment);

/* Loads conf.d relative to the folder, so that messages begin with "conf.d/". */
struct config *fixture_load(void);
void fixture_remove(void);

/* One file conf.d/10-t.yaml: a strategy "t" with these options, bound to the table. NULL if there
 * were problems. */
const struct config_bound *fixture_bind(const char *options, const struct sofia_option *table,
                                        size_t count);

/* Of the last load or bind. */
struct config *fixture_config(void);
const char *fixture_problems(void); /* all of them as printed */
void fixture_expect(const char *problems, const char *file, int line);
#define expect_problems(text) fixture_expect((text), __FILE__, __LINE__)

#endif
