/* libyaml's events into a tree with marks. A subset of YAML on purpose: maps, lists and texts; no
 * anchors, aliases, tags, directives or second documents, which nobody needs to say what a limit is
 * and which hide what is said. */
#include <string.h>
#include <yaml.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

struct reader {
    yaml_parser_t parser;
    struct config *config;
    const char *file;
    const char *data;
    size_t len;
    size_t nodes;
    int status; /* 0, ERR_INVALID after a complaint that ends this file, ERR_NOMEM */
};

static struct config_mark mark_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct config_mark){reader->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static struct config_mark mark_at(const char *file, const char *data, size_t offset)
{
    struct config_mark mark = {file, 1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (data[i] == '\n') {
            mark.line++;
            mark.column = 1;
        } else if (((unsigned char)data[i] & 0xc0) != 0x80) {
            mark.column++; /* characters, not bytes */
        }
    }
    return mark;
}

/* What libyaml would report in words of its own, or would let pass. */
static int check_bytes(struct config *config, const char *file, const char *data, size_t len)
{
    size_t at = 0;
    bool in_indent = true;
    int status = 0;

    if (!str_is_utf8(data, len, &at)) {
        return config_complain(config, mark_at(file, data, at), "byte 0x%02x is not UTF-8",
                               (unsigned char)data[at]);
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '\t' && in_indent) {
            status = config_complain(config, mark_at(file, data, i),
                                     "a tab in the indentation; use spaces");
            in_indent = false;
        } else if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) {
            status = config_complain(config, mark_at(file, data, i), "control character 0x%02x", c);
        }
        in_indent = c == '\n' || (in_indent && c == ' ');
    }
    return status;
}

static int complain_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not readable as YAML";

    if (parser->error == YAML_MEMORY_ERROR) {
        return config_no_memory();
    }
    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset < reader->len ? parser->problem_offset : reader->len;
        return config_complain(reader->config, mark_at(reader->file, reader->data, offset), "%s",
                               problem);
    }
    if (parser->context != NULL) {
        return config_complain(reader->config, mark_of(reader, parser->problem_mark),
                               "%s (%s of line %zu)", problem, parser->context,
                               parser->context_mark.line + 1);
    }
    return config_complain(reader->config, mark_of(reader, parser->problem_mark), "%s", problem);
}

static bool next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event) == 0) {
        reader->status = complain_syntax(reader);
        return false;
    }
    return true;
}

static struct node *make_node(struct reader *reader, enum node_kind kind, yaml_mark_t mark)
{
    if (++reader->nodes > CONFIG_NODES_MAX) {
        reader->status = config_complain(reader->config, mark_of(reader, mark),
                                         "more than %d values in one file", CONFIG_NODES_MAX);
        return NULL;
    }
    struct node *node = pool_alloc(&reader->config->pool, sizeof(*node));
    if (node == NULL) {
        reader->status = config_no_memory();
        return NULL;
    }
    node->kind = kind;
    node->mark = mark_of(reader, mark);
    return node;
}

static void refuse_decoration(struct reader *reader, yaml_mark_t mark, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    if (anchor != NULL) {
        (void)config_complain(reader->config, mark_of(reader, mark),
                              "anchors (&name) are not used here");
    }
    if (tag != NULL) {
        (void)config_complain(reader->config, mark_of(reader, mark),
                              "tags (!type) are not used here");
    }
}

static const char *scalar_text(struct reader *reader, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    struct config_mark mark = mark_of(reader, event->start_mark);

    if (len > CONFIG_TEXT_MAX) {
        (void)config_complain(reader->config, mark, "a value of %zu bytes, at most %d", len,
                              CONFIG_TEXT_MAX);
        len = 0;
    } else if (memchr(value, 0, len) != NULL) {
        (void)config_complain(reader->config, mark, "a zero byte in a text");
        len = 0;
    }
    const char *text = pool_text(&reader->config->pool, value, len);
    if (text == NULL) {
        reader->status = config_no_memory();
    }
    return text;
}

static struct node *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct node *node = make_node(reader, NODE_SCALAR, event->start_mark);

    if (node != NULL) {
        refuse_decoration(reader, event->start_mark, event->data.scalar.anchor,
                          event->data.scalar.tag);
        node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        node->text = scalar_text(reader, event);
    }
    return reader->status == 0 ? node : NULL;
}

static struct node *read_node(struct reader *reader, yaml_event_t *event, unsigned depth);

static void append(struct node *parent, struct node **tail, struct node *child)
{
    if (*tail == NULL) {
        parent->first = child;
    } else {
        (*tail)->next = child;
    }
    *tail = child;
    parent->count++;
}

static struct node *read_list(struct reader *reader, const yaml_event_t *start, unsigned depth)
{
    struct node *list = make_node(reader, NODE_LIST, start->start_mark);
    struct node *tail = NULL;

    refuse_decoration(reader, start->start_mark, start->data.sequence_start.anchor,
                      start->data.sequence_start.tag);
    while (reader->status == 0) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            break;
        }
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return list;
        }
        struct node *child = read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (child != NULL) {
            append(list, &tail, child);
        }
    }
    return NULL;
}

/* The key of the next pair into *ret_key and *ret_mark. False at the end of the map or of the file.
 */
static bool read_key(struct reader *reader, const char **ret_key, struct config_mark *ret_mark)
{
    yaml_event_t event;
    bool more = false;

    if (!next_event(reader, &event)) {
        return false;
    }
    if (event.type == YAML_SCALAR_EVENT) {
        refuse_decoration(reader, event.start_mark, event.data.scalar.anchor,
                          event.data.scalar.tag);
        *ret_mark = mark_of(reader, event.start_mark);
        *ret_key = scalar_text(reader, &event);
        more = reader->status == 0;
    } else if (event.type != YAML_MAPPING_END_EVENT) {
        reader->status = config_complain(reader->config, mark_of(reader, event.start_mark),
                                         "a key must be a plain word");
    }
    yaml_event_delete(&event);
    return more;
}

static const struct node *find_child(const struct node *map, const char *key)
{
    for (const struct node *child = map->first; child != NULL; child = child->next) {
        if (str_eq(child->key, key)) {
            return child;
        }
    }
    return NULL;
}

static struct node *read_map(struct reader *reader, const yaml_event_t *start, unsigned depth)
{
    struct node *map = make_node(reader, NODE_MAP, start->start_mark);
    struct node *tail = NULL;
    const char *key = NULL;
    struct config_mark key_mark;

    refuse_decoration(reader, start->start_mark, start->data.mapping_start.anchor,
                      start->data.mapping_start.tag);
    while (reader->status == 0 && read_key(reader, &key, &key_mark)) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            break;
        }
        struct node *child = read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (child == NULL) {
            continue;
        }
        const struct node *twin = find_child(map, key);
        if (twin != NULL) {
            char buf[QUOTE_SIZE];
            (void)config_complain(reader->config, key_mark, "%s is given twice, first in line %u",
                                  quote(key, buf), twin->key_mark.line);
            continue;
        }
        child->key = key;
        child->key_mark = key_mark;
        append(map, &tail, child);
    }
    return reader->status == 0 ? map : NULL;
}

/* NULL after a complaint; reader->status says whether the file can be read on. The caller deletes
 * the event. */
static struct node *read_node(struct reader *reader, yaml_event_t *event, unsigned depth)
{
    if (depth > CONFIG_DEPTH_MAX) {
        reader->status = config_complain(reader->config, mark_of(reader, event->start_mark),
                                         "nested deeper than %d", CONFIG_DEPTH_MAX);
        return NULL;
    }
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(reader, event);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        return read_list(reader, event, depth);
    }
    if (event->type == YAML_MAPPING_START_EVENT) {
        return read_map(reader, event, depth);
    }
    if (event->type == YAML_ALIAS_EVENT) {
        (void)config_complain(reader->config, mark_of(reader, event->start_mark),
                              "aliases (*name) are not used here");
        return NULL;
    }
    reader->status = config_complain(reader->config, mark_of(reader, event->start_mark),
                                     "a value is expected here");
    return NULL;
}

static struct node *read_documents(struct reader *reader)
{
    struct node *root = NULL;
    bool has_document = false;

    for (bool more = true; more && reader->status == 0;) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            break;
        }
        struct config_mark mark = mark_of(reader, event.start_mark);
        if (event.type == YAML_STREAM_END_EVENT) {
            more = false;
        } else if (event.type == YAML_DOCUMENT_START_EVENT) {
            if (has_document) {
                reader->status = config_complain(reader->config, mark,
                                                 "a second document; one file is one instance");
            } else if (event.data.document_start.version_directive != NULL ||
                       event.data.document_start.tag_directives.start !=
                           event.data.document_start.tag_directives.end) {
                (void)config_complain(reader->config, mark, "directives (%%) are not used here");
            }
            has_document = true;
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT) {
            root = read_node(reader, &event, 1);
        }
        yaml_event_delete(&event);
    }
    if (reader->status == 0 && !has_document) {
        reader->status =
            config_complain(reader->config, (struct config_mark){reader->file, 0, 0}, "is empty");
    }
    return reader->status == 0 ? root : NULL;
}

int yaml_read(struct config *config, const char *file, const char *data, size_t len,
              struct node **ret_root)
{
    struct reader reader = {.config = config, .file = file, .data = data, .len = len};

    *ret_root = NULL;
    if (check_bytes(config, file, data, len) != 0) {
        return 0;
    }
    if (yaml_parser_initialize(&reader.parser) == 0) {
        return config_no_memory();
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)data, len);
    struct node *root = read_documents(&reader);
    yaml_parser_delete(&reader.parser);
    if (reader.status == ERR_NOMEM) {
        return ERR_NOMEM;
    }
    *ret_root = root;
    return 0;
}
