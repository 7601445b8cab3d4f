/* The files of conf.d, in name order, into instances. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "config/impl.h"

#include <sofia/abi.h>

#include "base/banned.h"

enum { SHA256_DIGITS = 64 };

static const char *const kind_names[CONFIG_KIND_COUNT] = {"invalid", "exchange", "strategy",
                                                          "risk",    "sink",     "engine"};

const char *config_kind_name(enum config_kind kind)
{
    return kind > CONFIG_KIND_INVALID && kind < CONFIG_KIND_COUNT ? kind_names[kind]
                                                                  : kind_names[0];
}

/* ---- one file ---- */

/* The keys of a file; the same table machinery would do, but these come before any table is known.
 */
struct header {
    const struct node *kind;
    const struct node *name;
    const struct node *plugin;
    const struct node *enabled;
    const struct node *sha256;
    const struct node *options;
};

static void read_keys(struct config *config, const struct node *root, struct header *header)
{
    static const char *const known[] = {"kind", "name", "plugin", "enabled", "sha256", "options"};
    const struct node **places[] = {&header->kind,    &header->name,   &header->plugin,
                                    &header->enabled, &header->sha256, &header->options};

    for (const struct node *child = root->first; child != NULL; child = child->next) {
        struct str_guess best = str_guess_init(child->key);
        char quoted[QUOTE_SIZE];
        char buf[HINT_SIZE];
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            str_guess_try(&best, known[i]);
            if (str_eq(child->key, known[i])) {
                *places[i] = child;
                found = true;
            }
        }
        if (!found) {
            (void)config_complain(config, child->key_mark, "unknown key %s%s",
                                  quote(child->key, quoted), hint(best.best, buf));
        }
    }
}

/* A header value as expanded text; NULL after a complaint, or when it is absent. */
static const char *header_text(struct config *config, const struct node *node,
                               struct config_origin *ret_origin)
{
    struct expanded expanded;

    if (node == NULL) {
        return NULL;
    }
    if (node->kind != NODE_SCALAR) {
        (void)config_complain(config, node->mark, "'%s' must be one value", node->key);
        return NULL;
    }
    if (expand(config, node, &expanded) != 0) {
        return NULL;
    }
    if (expanded.text[0] == '\0') {
        (void)config_complain(config, node->mark, "'%s' has no value", node->key);
        return NULL;
    }
    *ret_origin = expanded.origin;
    return expanded.text;
}

static void read_kind(struct config *config, const struct header *header,
                      struct config_instance *instance)
{
    struct config_origin unused;
    const char *text = header_text(config, header->kind, &unused);
    struct str_guess best;
    char quoted[QUOTE_SIZE];
    char buf[HINT_SIZE];

    if (header->kind == NULL) {
        (void)config_complain(config, instance->mark,
                              "'kind' is missing: exchange, strategy, risk, sink or engine");
    }
    if (text == NULL) {
        return;
    }
    best = str_guess_init(text);
    for (int i = CONFIG_EXCHANGE; i < CONFIG_KIND_COUNT; i++) {
        str_guess_try(&best, kind_names[i]);
        if (str_eq(text, kind_names[i])) {
            instance->kind = (enum config_kind)i;
            return;
        }
    }
    (void)config_complain(config, header->kind->mark,
                          "kind %s is not one of exchange, strategy, risk, sink, engine%s",
                          quote(text, quoted), hint(best.best, buf));
}

static void read_name(struct config *config, const struct header *header,
                      struct config_instance *instance)
{
    const char *text = header_text(config, header->name, &instance->name_origin);
    char quoted[QUOTE_SIZE];

    if (header->name == NULL && instance->kind == CONFIG_ENGINE) {
        instance->name = "engine";
        instance->name_origin = (struct config_origin){.kind = CONFIG_FROM_DEFAULT};
        return;
    }
    if (header->name == NULL) {
        (void)config_complain(config, instance->mark,
                              "'name' is missing: it tells this instance from others");
    }
    if (text == NULL) {
        return;
    }
    if (text[0] < 'a' || text[0] > 'z' || strlen(text) >= SOFIA_NAME_SIZE ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(text)) {
        (void)config_complain(
            config, header->name->mark,
            "name %s: a letter, then letters, digits, - and _, all lower case, at most %d",
            quote(text, quoted), SOFIA_NAME_SIZE - 1);
        return;
    }
    instance->name = text;
}

static void read_plugin(struct config *config, const struct header *header,
                        struct config_instance *instance)
{
    const char *text = header_text(config, header->plugin, &instance->plugin_origin);
    char quoted[QUOTE_SIZE];

    instance->plugin_mark = header->plugin != NULL ? header->plugin->mark : instance->mark;
    if (instance->kind == CONFIG_ENGINE) {
        if (header->plugin != NULL) {
            (void)config_complain(config, header->plugin->key_mark, "the engine has no plugin");
        }
        return;
    }
    if (header->plugin == NULL) {
        (void)config_complain(config, instance->mark,
                              "'plugin' is missing: the file name of its .so");
        return;
    }
    if (text != NULL && (!str_ends(text, ".so") || str_eq(text, ".so"))) {
        (void)config_complain(config, header->plugin->mark, "plugin %s does not end in .so",
                              quote(text, quoted));
        return;
    }
    instance->plugin = text;
}

static void read_rest(struct config *config, const struct header *header,
                      struct config_instance *instance)
{
    struct config_origin unused;
    const char *enabled = header_text(config, header->enabled, &instance->enabled_origin);
    const char *sha256 = header_text(config, header->sha256, &unused);
    static const struct sofia_option boolean = {.type = SOFIA_OPTION_BOOL};
    struct config_value value = {.number = 1};
    struct fault fault;
    char buf[HINT_SIZE];

    if (enabled != NULL && value_parse(&boolean, enabled, &value, &fault) != 0) {
        (void)config_complain(config, header->enabled->mark, "enabled: %s%s", fault.why,
                              hint(fault.meant, buf));
    }
    instance->enabled = value.number != 0;
    if (sha256 != NULL &&
        (strlen(sha256) != SHA256_DIGITS || strspn(sha256, "0123456789abcdef") != SHA256_DIGITS)) {
        (void)config_complain(config, header->sha256->mark,
                              "sha256 is not 64 lower-case hexadecimal digits");
        return;
    }
    instance->sha256 = sha256;
}

/* True if the instance can be used: later complaints need its kind and name. */
static bool read_instance(struct config *config, const struct node *root,
                          struct config_instance *instance)
{
    struct header header = {0};

    if (root->kind != NODE_MAP || root->count == 0) {
        (void)config_complain(config, root->mark,
                              "the file must be a map that begins with kind: and name:");
        return false;
    }
    instance->mark = root->first->key_mark;
    read_keys(config, root, &header);
    read_kind(config, &header, instance);
    read_name(config, &header, instance);
    read_plugin(config, &header, instance);
    read_rest(config, &header, instance);
    instance->options = header.options;
    return instance->kind != CONFIG_KIND_INVALID && instance->name != NULL;
}

static bool is_twin(struct config *config, const struct config_instance *instance,
                    const struct node *root)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        const struct config_instance *other = config->instances[i];
        if (instance->kind == CONFIG_ENGINE && other->kind == CONFIG_ENGINE) {
            (void)config_complain(config, root->mark, "a second engine; the first is %s",
                                  other->mark.file);
            return true;
        }
        if (str_eq(other->name, instance->name)) {
            (void)config_complain(config, root->mark, "name '%s' is taken by %s", instance->name,
                                  other->mark.file);
            return true;
        }
    }
    return false;
}

static int add_instance(struct config *config, const struct node *root)
{
    struct config_instance *instance = pool_alloc(&config->pool, sizeof(*instance));

    if (instance == NULL) {
        return config_no_memory();
    }
    if (read_instance(config, root, instance) && !is_twin(config, instance, root)) {
        config->instances[config->instance_count++] = instance;
        if (instance->kind == CONFIG_ENGINE) {
            config->engine = instance;
        }
    }
    return 0;
}

/* ---- the folder ---- */

static int is_yaml(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(entry->d_name, ".yaml");
}

static int is_nearly_yaml(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (str_ends(entry->d_name, ".yml") || str_ends(entry->d_name, ".YAML"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* bytes, not the locale's alphabet */
}

static void free_names(struct dirent **names, int count)
{
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

static char *file_label(struct config *config, const char *name)
{
    char path[PATH_MAX];

    if (str_format(path, sizeof(path), "%s/%s", config->dir, name) != 0) {
        return NULL;
    }
    return pool_text(&config->pool, path, strlen(path));
}

static int load_text(struct config *config, const char *label, const char *data, size_t len)
{
    struct node *root = NULL;
    int status = yaml_read(config, label, data, len, &root);

    if (status == 0 && root != NULL) {
        env_mention(config, root);
        status = add_instance(config, root);
    }
    return status;
}

static int load_file(struct config *config, const char *name)
{
    char *label = file_label(config, name);
    struct config_mark whole = {label, 0, 0};
    char *data = NULL;
    size_t len = 0;
    struct stat st;

    if (label == NULL) {
        return config_no_memory();
    }
    if (file_read(label, CONFIG_FILE_BYTES, &data, &len) != 0) {
        (void)config_complain(config, whole, "%s", error_message());
        return 0;
    }
    if (stat(label, &st) == 0 && (st.st_mode & S_IWOTH) != 0) {
        (void)config_complain(config, whole, "everybody may write this file: chmod o-w");
    }
    int status = load_text(config, label, data, len);
    explicit_bzero(data, len);
    free(data);
    return status;
}

static int load_dir(struct config *config)
{
    struct dirent **names = NULL;
    int count = scandir(config->dir, &names, is_yaml, by_name);
    int status = 0;

    if (count < 0) {
        return error_set_errno("configuration folder '%s'", config->dir);
    }
    if (count == 0) {
        (void)config_complain(config, (struct config_mark){config->dir, 0, 0},
                              "holds no .yaml file");
    }
    if (count > CONFIG_FILES_MAX) {
        (void)config_complain(config, (struct config_mark){config->dir, 0, 0},
                              "holds %d files, at most %d are read", count, CONFIG_FILES_MAX);
    }
    for (int i = 0; i < count && i < CONFIG_FILES_MAX && status == 0; i++) {
        status = load_file(config, names[i]->d_name);
    }
    free_names(names, count);

    count = scandir(config->dir, &names, is_nearly_yaml, by_name);
    for (int i = 0; i < count; i++) {
        char *label = file_label(config, names[i]->d_name);
        if (label != NULL) {
            config_warn(config, (struct config_mark){label, 0, 0},
                        "is not read: the name must end in .yaml");
        }
    }
    if (count >= 0) {
        free_names(names, count);
    }
    return status;
}

/* ---- all ---- */

/* Without its last slashes; the labels in messages begin with it. */
static int keep_dir(struct config *config, const char *dir)
{
    size_t len = strlen(dir);

    while (len > 1 && dir[len - 1] == '/') {
        len--;
    }
    config->dir = pool_text(&config->pool, dir, len);
    return config->dir != NULL ? 0 : config_no_memory();
}

/* .env stands beside the folder. */
static int read_dotenv(struct config *config, const struct config_paths *paths)
{
    char path[PATH_MAX];
    const char *slash = strrchr(config->dir, '/');
    int len = slash != NULL ? (int)(slash - config->dir) + 1 : 0;

    if (paths->dotenv != NULL) {
        return env_read(config, paths->dotenv);
    }
    if (str_format(path, sizeof(path), "%.*s.env", len, config->dir) != 0) {
        return error_set(ERR_LIMIT, "path of the configuration is too long");
    }
    return env_read(config, path);
}

static int add_engine(struct config *config)
{
    if (config->engine != NULL) {
        return 0;
    }
    struct config_instance *engine = pool_alloc(&config->pool, sizeof(*engine));
    if (engine == NULL) {
        return config_no_memory();
    }
    *engine = (struct config_instance){
        .kind = CONFIG_ENGINE,
        .name = "engine",
        .enabled = true,
        .mark = {config->dir, 0, 0},
        .plugin_mark = {config->dir, 0, 0},
        .name_origin = {.kind = CONFIG_FROM_DEFAULT},
    };
    config->engine = engine;
    config->instances[config->instance_count++] = engine;
    return 0;
}

static int load_paths(struct config *config, const struct config_paths *paths)
{
    config->env.environment =
        paths->environment != NULL ? paths->environment : (const char *const *)environ;
    int status = keep_dir(config, paths->dir);
    if (status == 0) {
        status = read_dotenv(config, paths);
    }
    return status == 0 ? load_dir(config) : status;
}

static int load_texts(struct config *config, const struct config_texts *texts)
{
    const struct config_text *dotenv = &texts->dotenv;
    int status = keep_dir(config, "configuration");

    config->env.environment = texts->environment;
    if (status == 0 && dotenv->name != NULL) {
        status = env_read_text(config, dotenv->name, dotenv->data, dotenv->len);
    }
    for (size_t i = 0; i < texts->count && status == 0; i++) {
        const struct config_text *file = &texts->files[i];
        char *label = pool_text(&config->pool, file->name, strlen(file->name));
        if (label == NULL) {
            return config_no_memory();
        }
        status = load_text(config, label, file->data, file->len);
    }
    return status;
}

static struct config *make(void)
{
    struct config *config = calloc(1, sizeof(*config));

    if (config != NULL) {
        config->problems = pool_alloc(&config->pool, CONFIG_PROBLEMS_MAX * sizeof(struct problem));
    }
    if (config == NULL || config->problems == NULL) {
        (void)config_no_memory();
        return config_free(config);
    }
    return config;
}

static int finish(struct config *config, int status, struct config **ret_config)
{
    if (status == 0) {
        env_warn_unused(config);
        status = add_engine(config);
    }
    if (status != 0) {
        config_free(config);
        return status;
    }
    *ret_config = config;
    return 0;
}

int config_load(const struct config_paths *paths, struct config **ret_config)
{
    struct config *config = make();

    return config == NULL ? ERR_NOMEM : finish(config, load_paths(config, paths), ret_config);
}

int config_load_texts(const struct config_texts *texts, struct config **ret_config)
{
    struct config *config = make();

    if (config == NULL) {
        return ERR_NOMEM;
    }
    if (texts->count > CONFIG_FILES_MAX) {
        config_free(config);
        return error_set(ERR_LIMIT, "%zu texts, at most %d", texts->count, CONFIG_FILES_MAX);
    }
    return finish(config, load_texts(config, texts), ret_config);
}

struct config *config_free(struct config *config)
{
    if (config != NULL) {
        pool_release(&config->pool);
        free(config);
    }
    return NULL;
}

size_t config_instance_count(const struct config *config)
{
    return config->instance_count;
}

struct config_instance *config_instance_at(struct config *config, size_t index)
{
    return index < config->instance_count ? config->instances[index] : NULL;
}

struct config_instance *config_engine(struct config *config)
{
    return config->engine;
}
