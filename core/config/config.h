/* The configuration: every file of conf.d, checked completely before anything starts.
 *
 *     conf.d/10-exchange.yaml
 *     conf.d/30-risk.yaml  --> config_load --> instances --> config_bind --> typed values
 *     environment, .env            |           (raw)             |    ^
 *                                  v                             v    option table of the plugin
 *                                 all problems, at once: config_print_problems
 *
 * One file is one instance. Values may contain ${VAR} and ${VAR:-default}; VAR is looked up in the
 * environment, then in .env beside the folder; what it expands to is text, never YAML; "$${" is a
 * literal "${". A value that a variable leaves empty counts as not given.
 *
 * Loading and binding do not stop at the first mistake: each one is kept with file:line:column, and
 * the caller refuses to start while config_problem_count() is not 0. Warnings do not count.
 *
 * Invariants: an option that is not in its table is a problem; a value that is not given is the
 * default of the table; the value of a secret is in no message, print or canonical text; files,
 * nesting and numbers are bounded.
 *
 * Owner: main. Thread: main; what config_bind returned may be read by any thread, as nothing
 * changes it before config_free.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sofia/decimal.h>
#include <sofia/options.h>

#include "base/str.h"

struct config;
struct node;

enum {
    CONFIG_FILES_MAX = 256,
    CONFIG_FILE_BYTES = 1 << 18,
    CONFIG_DEPTH_MAX = 8,
    CONFIG_NODES_MAX = 20000, /* in one file */
    CONFIG_TEXT_MAX = 4096,   /* bytes of one value */
    CONFIG_PROBLEMS_MAX = 200 /* more are counted, not kept */
};

struct config_mark {
    const char *file;
    uint32_t line; /* from 1; 0: the file as a whole */
    uint32_t column;
};

/* The numbers of SOFIA_KIND_*, and the engine itself. */
enum config_kind {
    CONFIG_KIND_INVALID = 0,
    CONFIG_EXCHANGE = 1,
    CONFIG_STRATEGY = 2,
    CONFIG_RISK = 3,
    CONFIG_SINK = 4,
    CONFIG_ENGINE = 5,
    CONFIG_KIND_COUNT
};

enum config_origin_kind {
    CONFIG_ORIGIN_INVALID = 0,
    CONFIG_FROM_DEFAULT = 1,
    CONFIG_FROM_FILE = 2,
    CONFIG_FROM_ENVIRONMENT = 3,
    CONFIG_FROM_DOTENV = 4,
    CONFIG_ORIGIN_COUNT
};

struct config_origin {
    enum config_origin_kind kind;
    const char *variable;    /* for ENVIRONMENT and DOTENV */
    struct config_mark mark; /* in the .yaml file, or for DOTENV in .env; none for DEFAULT */
};

struct config_table {
    const struct sofia_option *options;
    size_t count;
    size_t stride; /* sizeof(struct sofia_option) of whoever made it; 0: ours */
};

struct config_value {
    const struct sofia_option *option;
    struct config_origin origin;
    struct config_mark mark; /* where the value stands; of the instance for a default */
    bool is_given;
    const char *text; /* TEXT, CHOICE, SECRET (its spec), and the notation of numbers */
    int64_t number;   /* INT; DURATION in ns; BOOL 0 or 1; CHOICE: index of the choice */
    struct sofia_decimal decimal;     /* DECIMAL; absent for "" */
    size_t count;                     /* LIST: items; ROWS: rows */
    const char *const *items;         /* LIST */
    const struct config_value *cells; /* ROWS: count * columns, row by row */
};

struct config_bound {
    struct config_table table;
    const struct config_value *values; /* one for each option of the table, same order */
};

struct config_instance {
    enum config_kind kind;
    const char *name;
    const char *plugin; /* file name of the .so; NULL for the engine */
    const char *sha256; /* 64 lower-case digits or NULL */
    bool enabled;
    struct config_mark mark; /* of the file's first key */
    struct config_mark plugin_mark;
    struct config_origin name_origin;
    struct config_origin plugin_origin;
    struct config_origin enabled_origin;
    const struct node *options;       /* NULL: none given */
    const struct config_bound *bound; /* after a successful config_bind */
};

struct config_paths {
    const char *dir;
    const char *dotenv;             /* NULL: .env in the folder that contains dir */
    const char *const *environment; /* "NAME=value" texts up to NULL; NULL: the process's own */
};

/* 0 also when there are problems: ask config_problem_count. Errors (no such folder, no memory):
 * error stack. */
int config_load(const struct config_paths *paths, struct config **ret_config);

/* The same from memory: nothing is read from disk, and an environment that is NULL is empty. */
struct config_text {
    const char *name;
    const char *data;
    size_t len;
};
struct config_texts {
    const struct config_text *files;
    size_t count;
    struct config_text dotenv; /* name NULL: none */
    const char *const *environment;
};
int config_load_texts(const struct config_texts *texts, struct config **ret_config);

struct config *config_free(struct config *config); /* wipes; takes NULL, returns NULL */

/* ---- problems ---- */

size_t config_problem_count(const struct config *config);
size_t config_warning_count(const struct config *config);

/* One a line: "conf.d/10-x.yaml:4:3: message (did you mean 'y'?)", by file, line, column; warnings
 * say "warning: ". */
void config_print_problems(const struct config *config, struct text *out);

/* For whoever checks more than tables can (the loader). The first returns ERR_INVALID. */
int config_complain(struct config *config, struct config_mark mark, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));
void config_warn(struct config *config, struct config_mark mark, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

/* ---- instances ---- */

size_t config_instance_count(const struct config *config);
struct config_instance *config_instance_at(struct config *config,
                                           size_t index); /* in the order of file names */
struct config_instance *
config_engine(struct config *config); /* never NULL; all defaults if no file has it */
const char *config_kind_name(enum config_kind kind);

/* Checks the instance's options against the table. ERR_INVALID after complaining. The table must
 * outlive the config. */
int config_bind(struct config *config, struct config_instance *instance,
                const struct config_table *table, const struct config_bound **ret_bound);

/* Literal secrets and the content of .env are wiped: call it when keys are loaded. No config_bind
 * after it. */
void config_forget_secrets(struct config *config);

/* True if the secret's text is the secret itself, not file: or cred:. */
bool config_is_literal_secret(const char *spec);

/* ---- values; ERR_NOT_FOUND (no such option), ERR_INVALID (another type): mistakes of the program
 * ---- */

const struct config_value *config_find(const struct config_bound *bound, const char *name);
int config_get_text(const struct config_bound *bound, const char *name,
                    const char **ret_text); /* TEXT CHOICE SECRET */
int config_get_int(const struct config_bound *bound, const char *name, int64_t *ret_value);
int config_get_decimal(const struct config_bound *bound, const char *name,
                       struct sofia_decimal *ret_value);
int config_get_duration_ns(const struct config_bound *bound, const char *name, int64_t *ret_ns);
int config_get_bool(const struct config_bound *bound, const char *name, bool *ret_value);
int config_get_choice(const struct config_bound *bound, const char *name, size_t *ret_index);
int config_get_count(const struct config_bound *bound, const char *name,
                     size_t *ret_count); /* LIST ROWS */
int config_get_item(const struct config_bound *bound, const char *name, size_t index,
                    const char **ret_text);
int config_get_cell(const struct config_bound *bound, const char *name, size_t row,
                    const char *column, const struct config_value **ret_cell);

/* ---- tables ---- */

/* What is wrong with a plugin's own table, one line each, into `out`. Returns how many. */
size_t config_table_check(const struct config_table *table, struct text *out);
void config_table_describe(const struct config_table *table, struct text *out);

/* ---- print ---- */

/* The merged configuration as YAML, the origin of each value as a comment behind it. Secrets are
 * "***". */
void config_print(const struct config *config, struct text *out);

/* The same without origins and comments: equal texts mean equal configurations. For hashing. */
void config_print_canonical(const struct config *config, struct text *out);

#endif
