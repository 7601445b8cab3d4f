#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

const struct config_value *config_find(const struct config_bound *bound, const char *name)
{
    for (size_t i = 0; i < bound->table.count; i++) {
        if (str_eq(bound->values[i].option->name, name)) {
            return &bound->values[i];
        }
    }
    return NULL;
}

/* The value if it is of one of two types. */
static int find_typed(const struct config_bound *bound, const char *name, uint32_t type,
                      uint32_t other, const struct config_value **ret_value)
{
    const struct config_value *value = config_find(bound, name);

    if (value == NULL) {
        return error_set(ERR_NOT_FOUND, "no option '%s' in the table", name);
    }
    if (value->option->type != type && value->option->type != other) {
        return error_set(ERR_INVALID, "option '%s' is of type %s", name,
                         option_type_name(value->option->type));
    }
    *ret_value = value;
    return 0;
}

int config_get_text(const struct config_bound *bound, const char *name, const char **ret_text)
{
    const struct config_value *value = config_find(bound, name);

    if (value != NULL && value->option->type == SOFIA_OPTION_SECRET) {
        *ret_text = value->text;
        return 0;
    }
    int status = find_typed(bound, name, SOFIA_OPTION_TEXT, SOFIA_OPTION_CHOICE, &value);
    if (status == 0) {
        *ret_text = value->text;
    }
    return status;
}

static int get_number(const struct config_bound *bound, const char *name, uint32_t type,
                      int64_t *ret_number)
{
    const struct config_value *value = NULL;
    int status = find_typed(bound, name, type, type, &value);

    if (status == 0) {
        *ret_number = value->number;
    }
    return status;
}

int config_get_int(const struct config_bound *bound, const char *name, int64_t *ret_value)
{
    return get_number(bound, name, SOFIA_OPTION_INT, ret_value);
}

int config_get_duration_ns(const struct config_bound *bound, const char *name, int64_t *ret_ns)
{
    return get_number(bound, name, SOFIA_OPTION_DURATION, ret_ns);
}

int config_get_bool(const struct config_bound *bound, const char *name, bool *ret_value)
{
    int64_t number = 0;
    int status = get_number(bound, name, SOFIA_OPTION_BOOL, &number);

    if (status == 0) {
        *ret_value = number != 0;
    }
    return status;
}

int config_get_choice(const struct config_bound *bound, const char *name, size_t *ret_index)
{
    int64_t number = 0;
    int status = get_number(bound, name, SOFIA_OPTION_CHOICE, &number);

    if (status == 0) {
        *ret_index = (size_t)number;
    }
    return status;
}

int config_get_decimal(const struct config_bound *bound, const char *name,
                       struct sofia_decimal *ret_value)
{
    const struct config_value *value = NULL;
    int status = find_typed(bound, name, SOFIA_OPTION_DECIMAL, SOFIA_OPTION_DECIMAL, &value);

    if (status == 0) {
        *ret_value = value->decimal;
    }
    return status;
}

int config_get_count(const struct config_bound *bound, const char *name, size_t *ret_count)
{
    const struct config_value *value = NULL;
    int status = find_typed(bound, name, SOFIA_OPTION_LIST, SOFIA_OPTION_ROWS, &value);

    if (status == 0) {
        *ret_count = value->count;
    }
    return status;
}

int config_get_item(const struct config_bound *bound, const char *name, size_t index,
                    const char **ret_text)
{
    const struct config_value *value = NULL;
    int status = find_typed(bound, name, SOFIA_OPTION_LIST, SOFIA_OPTION_LIST, &value);

    if (status != 0) {
        return status;
    }
    if (index >= value->count) {
        return error_set(ERR_NOT_FOUND, "option '%s' has %zu entries", name, value->count);
    }
    *ret_text = value->items[index];
    return 0;
}

int config_get_cell(const struct config_bound *bound, const char *name, size_t row,
                    const char *column, const struct config_value **ret_cell)
{
    const struct config_value *value = NULL;
    int status = find_typed(bound, name, SOFIA_OPTION_ROWS, SOFIA_OPTION_ROWS, &value);

    if (status != 0) {
        return status;
    }
    if (row >= value->count) {
        return error_set(ERR_NOT_FOUND, "option '%s' has %zu rows", name, value->count);
    }
    size_t columns = value->option->row_count;
    for (size_t i = 0; i < columns; i++) {
        const struct config_value *cell = &value->cells[row * columns + i];
        if (str_eq(cell->option->name, column)) {
            *ret_cell = cell;
            return 0;
        }
    }
    return error_set(ERR_NOT_FOUND, "option '%s' has no column '%s'", name, column);
}
