/* The scenario host of C: does with a pk_manager what it is told on standard input, line by line, and answers each line
 * with one of its own. */
#include "commands.h"
#include "handlers.h"
#include "options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static pk_status add_route(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    size_t len;
    route_options options;
    const char *prefix = wire_next(fields);
    const char *const *targets = wire_list(fields, &len);
    read_route_options(fields, &options);
    if (!wire_ok(fields))
        return NOT_READ;
    return pk_add_route(manager, prefix, targets, len, &options.options, error);
}

static pk_status handle(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    handler_options options;
    const char *prefix = wire_next(fields);
    const char *word = handler_word(fields);
    read_handler_options(fields, &options);
    if (!wire_ok(fields))
        return NOT_READ;
    char *kept = strdup(word);
    if (kept == NULL)
        abort();
    return pk_handle(manager, prefix, &options.options, run_handler, kept, free, error);
}

static pk_status remove_route(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    const char *prefix = wire_next(fields);
    return !wire_ok(fields) ? NOT_READ : pk_remove_route(manager, prefix, error);
}

static pk_status add_backends(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    size_t len, added;
    pk_health_check check;
    const char *prefix = wire_next(fields);
    const char *const *targets = wire_list(fields, &len);
    bool checked = read_health_check(fields, &check);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_add_backends(manager, prefix, targets, len, checked ? &check : NULL, &added, error);
    if (status == PK_OK)
        fprintf(values, "\t%zu", added);
    return status;
}

static pk_status remove_backends(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    size_t len, removed;
    const char *prefix = wire_next(fields);
    const char *const *targets = wire_list(fields, &len);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_remove_backends(manager, prefix, targets, len, &removed, error);
    if (status == PK_OK)
        fprintf(values, "\t%zu", removed);
    return status;
}

static pk_status report_load(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    const char *prefix = wire_next(fields);
    const char *target = wire_next(fields);
    const char *load = wire_next(fields);
    if (!wire_ok(fields))
        return NOT_READ;
    return pk_backend_report(manager, prefix, target, strtod(load, NULL), error);
}

static pk_status start(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    const char *listen = fields->next < fields->len ? wire_next(fields) : NULL;
    return pk_start(manager, listen, error);
}

static pk_status write_string(pk_status status, char *string, FILE *values)
{
    if (status == PK_OK) {
        wire_write(values, string);
        pk_string_free(string);
    }
    return status;
}

static pk_status address(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    char *text = NULL;
    pk_status status = pk_address(manager, &text, error);
    return write_string(status, text, values);
}

static pk_status management_address(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    char *text = NULL;
    pk_status status = pk_management_address(manager, &text, error);
    return write_string(status, text, values);
}

static pk_status reload_certificates(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    (void)values;
    return pk_manager_reload_certificates(manager, error);
}

/* What is heard of the manager, from the last command "events" on. */
static pk_events *events;

static pk_status open_events(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    (void)values;
    pk_events_free(events);
    events = NULL;
    return pk_events_open(manager, &events, error);
}

static pk_status next_event(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)manager;
    pk_event *event;
    uint64_t timeout = wire_number(fields, wire_next(fields), UINT64_MAX);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_events_next(events, timeout, &event, error);
    if (status == PK_OK) {
        const char *const texts[] = {pk_event_name(event), pk_event_prefix(event), pk_event_target(event),
                                     pk_event_address(event)};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            wire_write(values, texts[i] != NULL ? texts[i] : "");
        fprintf(values, "\t%" PRIu64, pk_event_count(event));
        pk_event_free(event);
    }
    return status;
}

/* Its log, from the last command "log" on. */
static pk_log *log_records;

/* The names of the levels, by their numbers. */
static const char *const LEVELS[] = {"", "error", "warn", "info", "debug"};
#define LEVELS_LEN (sizeof LEVELS / sizeof LEVELS[0])

static pk_status open_log(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    const char *name = wire_next(fields);
    uint32_t level = 0;
    if (!wire_ok(fields))
        return NOT_READ;
    while (level < LEVELS_LEN && strcmp(LEVELS[level], name) != 0)
        level++;
    pk_log_free(log_records);
    log_records = NULL;
    return pk_log_open(manager, level, &log_records, error);
}

static pk_status next_record(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)manager;
    pk_log_record *record;
    uint64_t timeout = wire_number(fields, wire_next(fields), UINT64_MAX);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_log_next(log_records, timeout, &record, error);
    if (status == PK_OK) {
        const uint32_t level = pk_log_record_level(record);
        wire_write(values, level < LEVELS_LEN ? LEVELS[level] : "");
        wire_write(values, pk_log_record_category(record));
        wire_write(values, pk_log_record_message(record));
        wire_write(values, pk_event_name(pk_log_record_event(record)));
        pk_log_record_free(record);
    }
    return status;
}

static pk_status wait_for_stop(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)values;
    uint64_t timeout = wire_number(fields, wire_next(fields), UINT64_MAX);
    return !wire_ok(fields) ? NOT_READ : pk_wait(manager, timeout, error);
}

static pk_status stop(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    size_t cut_off;
    uint64_t deadline = wire_number(fields, wire_next(fields), UINT64_MAX);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_stop(manager, deadline, &cut_off, error);
    if (status == PK_OK)
        fprintf(values, "\t%zu", cut_off);
    return status;
}

static pk_status manage(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    pk_reply *reply;
    const char *method = wire_next(fields);
    const char *target = wire_next(fields);
    const char *body = wire_next(fields);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_manage(manager, method, target, (const uint8_t *)body, strlen(body), &reply, error);
    if (status == PK_OK) {
        fprintf(values, "\t%u", (unsigned)pk_reply_status(reply));
        wire_write(values, pk_reply_body(reply));
        pk_reply_free(reply);
    }
    return status;
}

static const struct {
    const char *name;
    command *run;
} COMMANDS[] = {
    {"add_route", add_route},
    {"handle", handle},
    {"remove_route", remove_route},
    {"add_backends", add_backends},
    {"remove_backends", remove_backends},
    {"list_backends", list_backends},
    {"get_backend", get_backend},
    {"report_load", report_load},
    {"list_routes", list_routes},
    {"counters", counters},
    {"totals", totals},
    {"connections", connections},
    {"start", start},
    {"address", address},
    {"management_address", management_address},
    {"reload_certificates", reload_certificates},
    {"events", open_events},
    {"next_event", next_event},
    {"log", open_log},
    {"next_record", next_record},
    {"wait", wait_for_stop},
    {"stop", stop},
    {"manage", manage},
};

/* Replaces the manager by a new one; an old one is freed. */
static pk_status renew(pk_manager **manager, wire_fields *fields, pk_error **error)
{
    manager_options given;
    pk_manager *fresh = NULL;
    read_manager_options(fields, &given);
    pk_status status = NOT_READ;
    if (wire_ok(fields))
        status = pk_manager_new(&given.options, &fresh, error);
    free_manager_options(&given);
    if (status != PK_OK)
        return status;
    status = pk_manager_free(*manager);
    *manager = fresh;
    return status;
}

static pk_status run(pk_manager **manager, wire_fields *fields, FILE *values, pk_error **error)
{
    const char *name = wire_next(fields);
    if (!wire_ok(fields))
        return NOT_READ;
    if (strcmp(name, "new") == 0)
        return renew(manager, fields, error);
    if (strcmp(name, "free") == 0) {
        pk_status status = pk_manager_free(*manager);
        *manager = NULL;
        return status;
    }
    if (strcmp(name, "version") == 0) {
        wire_write(values, pk_version());
        return PK_OK;
    }
    if (strcmp(name, "release") == 0) {
        handlers_release();
        return PK_OK;
    }
    if (strcmp(name, "held") == 0) {
        fprintf(values, "\t%zu", handlers_held());
        return PK_OK;
    }
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (strcmp(COMMANDS[i].name, name) != 0)
            continue;
        if (*manager == NULL) {
            wire_trouble(fields, "there is no manager", name);
            return NOT_READ;
        }
        return COMMANDS[i].run(*manager, fields, values, error);
    }
    wire_trouble(fields, "an unknown command", name);
    return NOT_READ;
}

/* Runs a line and answers it. */
static void answer(pk_manager **manager, char *line)
{
    wire_fields fields;
    pk_error *error = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *values = open_memstream(&text, &len);
    if (values == NULL)
        abort();
    wire_split(&fields, line);
    pk_status status = run(manager, &fields, values, &error);
    fclose(values);
    if (status == PK_OK) {
        printf("ok%s", text);
    } else if (status == NOT_READ) {
        fputs("error\t0\tunknown_command", stdout);
        wire_write(stdout, fields.trouble);
    } else {
        printf("error\t%u\t%s", (unsigned)status, pk_status_name(status));
        wire_write(stdout, pk_error_message(error));
    }
    putchar('\n');
    fflush(stdout);
    pk_error_free(error);
    free(text);
    wire_free(&fields);
}

int main(void)
{
    pk_manager *manager = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        answer(&manager, line);
    }
    free(line);
    pk_events_free(events);
    pk_log_free(log_records);
    return pk_manager_free(manager) == PK_OK ? 0 : 1;
}
