#include "options.h"

#include <stdlib.h>
#include <string.h>

const char *const balancer_names[] = {"round_robin", "least_connections", "ip_hash", "least_load", NULL};
static const char *const host_header_names[] = {"client", "backend", NULL};

/* Takes the next option apart; false if none is left. */
static bool next_option(wire_fields *fields, const char **name, size_t *name_len, const char **value)
{
    if (fields->next == fields->len || !wire_ok(fields))
        return false;
    *name = wire_next(fields);
    const char *equals = strchr(*name, '=');
    if (equals == NULL) {
        wire_trouble(fields, "not an option", *name);
        return false;
    }
    *name_len = (size_t)(equals - *name);
    *value = equals + 1;
    return true;
}

static bool is(const char *name, size_t len, const char *expected)
{
    return strlen(expected) == len && memcmp(name, expected, len) == 0;
}

static uint32_t read_u32(wire_fields *fields, const char *value)
{
    return (uint32_t)wire_number(fields, value, UINT32_MAX);
}

static bool read_bool(wire_fields *fields, const char *value)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        wire_trouble(fields, "neither true nor false", value);
    return strcmp(value, "true") == 0;
}

static double read_double(wire_fields *fields, const char *value)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0')
        wire_trouble(fields, "a number cannot be read", value);
    return number;
}

/* The number of a name; of an unknown one, a number that has no meaning. */
static uint32_t read_name(const char *const *names, const char *value)
{
    for (uint32_t number = 0; names[number] != NULL; number++) {
        if (strcmp(names[number], value) == 0)
            return number;
    }
    return UINT32_MAX;
}

static size_t read_words(wire_fields *fields, const char *value, word_list *list)
{
    free(list->text);
    list->text = strdup(value);
    if (list->text == NULL)
        abort();
    size_t len = 0;
    for (char *rest = list->text; rest != NULL;) {
        if (len == MOST_LISTED) {
            wire_trouble(fields, "the list is too long", value);
            break;
        }
        list->words[len++] = rest;
        rest = strchr(rest, ',');
        if (rest != NULL)
            *rest++ = '\0';
    }
    return len;
}

/* Keeps an option that is no field of the struct: the library knows it by its name. */
static void add_setting(wire_fields *fields, const char **settings, size_t *len, const char *setting)
{
    if (*len == MOST_LISTED)
        wire_trouble(fields, "there are too many options", setting);
    else
        settings[(*len)++] = setting;
}

void read_manager_options(wire_fields *fields, manager_options *given)
{
    memset(given, 0, sizeof *given);
    pk_manager_options *options = &given->options;
    pk_manager_options_init(options, sizeof *options);
    const char *name, *value;
    size_t len;
    while (next_option(fields, &name, &len, &value)) {
        if (is(name, len, "workers")) {
            options->workers = read_u32(fields, value);
        } else if (is(name, len, "management")) {
            options->management = value;
        } else if (is(name, len, "management_token")) {
            options->management_token = value;
        } else if (is(name, len, "management_hosts")) {
            options->management_hosts_len = read_words(fields, value, &given->hosts);
            options->management_hosts = given->hosts.words;
        } else if (is(name, len, "trusted_proxies")) {
            options->trusted_proxies_len = read_words(fields, value, &given->networks);
            options->trusted_proxies = given->networks.words;
        } else {
            add_setting(fields, given->settings, &options->settings_len, name);
            options->settings = given->settings;
        }
    }
}

void free_manager_options(manager_options *options)
{
    free(options->hosts.text);
    free(options->networks.text);
}

/* Sets an option of a health check; false if it is none. */
static bool set_health(wire_fields *fields, pk_health_check *check, const char *name, size_t len, const char *value)
{
    if (is(name, len, "health_interval_ms"))
        check->health_interval_ms = wire_number(fields, value, UINT64_MAX);
    else if (is(name, len, "health_timeout_ms"))
        check->health_timeout_ms = wire_number(fields, value, UINT64_MAX);
    else if (is(name, len, "health_rise"))
        check->health_rise = read_u32(fields, value);
    else if (is(name, len, "health_fall"))
        check->health_fall = read_u32(fields, value);
    else if (is(name, len, "health_jitter"))
        check->health_jitter = read_double(fields, value);
    else
        return false;
    return true;
}

void read_route_options(wire_fields *fields, route_options *given)
{
    pk_route_options *options = &given->options;
    pk_route_options_init(options, sizeof *options);
    pk_health_check check;
    pk_health_check_init(&check, sizeof check);
    const char *name, *value;
    size_t len;
    while (next_option(fields, &name, &len, &value)) {
        if (is(name, len, "balancer"))
            options->balancer = read_name(balancer_names, value);
        else if (is(name, len, "host_header"))
            options->host_header = read_name(host_header_names, value);
        else if (is(name, len, "strip_prefix"))
            options->strip_prefix = read_bool(fields, value);
        else if (is(name, len, "health_check"))
            options->health_check = read_bool(fields, value);
        else if (is(name, len, "connect_timeout_ms"))
            options->connect_timeout_ms = wire_number(fields, value, UINT64_MAX);
        else if (is(name, len, "response_head_timeout_ms"))
            options->response_head_timeout_ms = wire_number(fields, value, UINT64_MAX);
        else if (!set_health(fields, &check, name, len, value)) {
            add_setting(fields, given->settings, &options->settings_len, name);
            options->settings = given->settings;
        }
    }
    options->health_interval_ms = check.health_interval_ms;
    options->health_timeout_ms = check.health_timeout_ms;
    options->health_rise = check.health_rise;
    options->health_fall = check.health_fall;
    options->health_jitter = check.health_jitter;
}

bool read_health_check(wire_fields *fields, pk_health_check *check)
{
    pk_health_check_init(check, sizeof *check);
    const char *name, *value;
    size_t len;
    bool any = false;
    while (next_option(fields, &name, &len, &value)) {
        any = true;
        if (!set_health(fields, check, name, len, value))
            wire_trouble(fields, "an unknown option", name);
    }
    return any;
}

void read_handler_options(wire_fields *fields, handler_options *given)
{
    memset(given, 0, sizeof *given);
    pk_handler_options *options = &given->options;
    pk_handler_options_init(options, sizeof *options);
    const char *name, *value;
    size_t len;
    while (next_option(fields, &name, &len, &value)) {
        if (is(name, len, "handler_timeout_ms")) {
            options->handler_timeout_ms = wire_number(fields, value, UINT64_MAX);
        } else {
            add_setting(fields, given->settings, &options->settings_len, name);
            options->settings = given->settings;
        }
    }
}
