/* What the files of core/config share. Private to it. */
#ifndef CONFIG_IMPL_H
#define CONFIG_IMPL_H

#include "config/config.h"
#include "config/pool.h"

struct problem {
    struct config_mark mark;
    const char *text;
    bool is_warning;
};

enum node_kind { NODE_INVALID = 0, NODE_SCALAR, NODE_LIST, NODE_MAP, NODE_KIND_COUNT };

/* One value of a YAML file. Children of a list or map hang together by `next`; a map's child
 * carries its key. */
struct node {
    enum node_kind kind;
    bool is_quoted; /* "" or '' or a block: an empty text is then meant */
    struct config_mark mark;
    struct config_mark key_mark;
    const char *key;
    const char *text;
    struct node *first;
    struct node *next;
    size_t count;
};

struct env_var {
    const char *name;
    char *value;
    size_t len;
    struct config_mark mark;
};

enum { ENV_MENTIONED_MAX = 512 };

struct env {
    const char *const *environment;
    struct env_var *vars; /* of .env */
    size_t count;
    const char *mentioned[ENV_MENTIONED_MAX]; /* variables the files name */
    size_t mentioned_count;
};

struct config {
    struct pool pool;
    struct problem *problems;
    size_t problem_count;
    size_t warning_count;
    size_t kept; /* problems and warnings in the array */
    struct env env;
    const char *dir;
    struct config_instance *instances[CONFIG_FILES_MAX + 1];
    size_t instance_count;
    struct config_instance *engine;
};

/* A value after ${...}. */
struct expanded {
    const char *text;
    struct config_origin origin;
    bool has_variable;
};

/* "no memory" into the error stack, ERR_NOMEM. */
int config_no_memory(void);

/* Reads one YAML file. Problems are complained about; *ret_root is NULL then. ERR_NOMEM only. */
int yaml_read(struct config *config, const char *file, const char *data, size_t len,
              struct node **ret_root);

/* Reads .env into config->env. A missing file is fine. */
int env_read(struct config *config, const char *path);
int env_read_text(struct config *config, const char *name, const char *data, size_t len);

/* The variable's value and where it is from, or NULL. */
const char *env_find(struct config *config, const char *name, struct config_origin *ret_origin);

/* Notes which variables a tree mentions; warns about lines of .env that no tree does, because a
 * misspelt variable would silently leave a default in force, which may be a limit. */
void env_mention(struct config *config, const struct node *node);
void env_warn_unused(struct config *config);
void env_forget(struct config *config);

/* Replaces ${...} in a scalar. ERR_INVALID after complaining. */
int expand(struct config *config, const struct node *node, struct expanded *ret_value);

/* Calls visit for each variable in text; a syntax error ends the walk. */
typedef void (*expand_visit_fn)(void *ctx, const char *name, size_t len);
void expand_visit(const char *text, expand_visit_fn visit, void *ctx);

/* What is wrong with a text, and the word that was probably meant ("": no idea). Never holds the
 * text of a secret. */
enum { WHY_SIZE = 320 };
struct fault {
    char why[WHY_SIZE];
    char meant[64];
};

/* Reads a scalar of any type but LIST and ROWS. */
int value_parse(const struct sofia_option *option, const char *text, struct config_value *value,
                struct fault *fault);
int value_check_count(const struct sofia_option *option, size_t count, struct fault *fault);

/* A value as it may stand in a message: cut, control characters replaced, in quotes. */
enum { QUOTE_SIZE = 72 };
const char *quote(const char *text, char buf[QUOTE_SIZE]);

const struct sofia_option *table_at(const struct config_table *table, size_t index);
struct config_table table_of_rows(const struct config_table *table,
                                  const struct sofia_option *option);
const char *option_type_name(uint32_t type);

/* " (did you mean 'x'?)", or "" for NULL and "". */
enum { HINT_SIZE = 96 };
const char *hint(const char *best, char buf[HINT_SIZE]);

#endif
