#include "atomics.h"
#include "calls.h"
#include "peer.h"
#include "tests.h"

#include <poll.h>

/* A host that keeps the log; the records are read when the manager has stopped. */
struct keeper {
    char text[16 * 1024];
    size_t len;
    atomic_uint records, finalised;
};

static void prepare(struct keeper *keeper)
{
    keeper->len = 0;
    keeper->text[0] = '\0';
    atomic_store(&keeper->records, 0u);
    atomic_store(&keeper->finalised, 0u);
}

static void finalise(void *userdata)
{
    struct keeper *keeper = (struct keeper *)userdata;
    atomic_fetch_add(&keeper->finalised, 1u);
}

static void keep(const pk_log_record *record, void *userdata)
{
    struct keeper *keeper = (struct keeper *)userdata;
    int length = snprintf(keeper->text + keeper->len, sizeof keeper->text - keeper->len, "%u %s: %s\n",
                          (unsigned)pk_log_record_level(record), pk_log_record_category(record),
                          pk_log_record_message(record));
    CHECK(length > 0 && (size_t)length < sizeof keeper->text - keeper->len);
    keeper->len += (size_t)length;
    atomic_fetch_add(&keeper->records, 1u);
}

static void expect(const struct keeper *keeper, const char *line)
{
    if (strstr(keeper->text, line) == NULL)
        fail(__FILE__, __LINE__, line, keeper->text);
}

void records_are_written(void)
{
    struct keeper all, few;
    const char *targets[] = {"http://127.0.0.1:1"};
    char *address = NULL;
    int status = 0;
    pk_route_options options;
    pk_reply *reply = NULL;
    pk_manager *manager = new_manager(NULL);
    prepare(&all);
    prepare(&few);
    SUCCEEDS(pk_on_log(manager, PK_LOG_DEBUG, keep, &all, finalise, &error));
    SUCCEEDS(pk_on_log(manager, PK_LOG_WARN, keep, &few, finalise, &error));
    pk_route_options_init(&options, sizeof options);
    options.health_check = false;
    SUCCEEDS(pk_add_route(manager, "/x", targets, 1, &options, &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    free(client_get(address, "/x/", &status));
    CHECK(status == 502);
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/add", NULL, 0, &reply, &error));
    pk_reply_free(reply);
    SUCCEEDS(pk_stop(manager, PK_FOREVER, NULL, &error));
    /* The stop has returned behind the last call. */
    expect(&all, "3 routes: route added: /x/\n");
    expect(&all, "3 routes: backend added: /x/: http://127.0.0.1:1\n");
    expect(&all, "3 lifecycle: started: 127.0.0.1:");
    expect(&all, "4 requests: attempt failed: /x/: http://127.0.0.1:1: ");
    expect(&all, "4 requests: request refused: /x/: 502 connect_failed: ");
    expect(&all, "3 management: call refused: POST /endpoints/add: invalid body");
    expect(&all, "3 lifecycle: stopped: 0 cut off\n");
    CHECK_TEXT("", few.text);
    CHECK(atomic_load(&all.finalised) == 1 && atomic_load(&few.finalised) == 1);
    free_manager(manager);
    pk_string_free(address);
}

void logs_are_asked_for_in_the_right_way(void)
{
    struct keeper keeper;
    pk_manager *manager = new_manager(NULL);
    prepare(&keeper);
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_on_log(NULL, PK_LOG_INFO, keep, &keeper, finalise, &error));
    FAILS(PK_ERR_NULL_POINTER, "callback", pk_on_log(manager, PK_LOG_INFO, NULL, &keeper, finalise, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 0", pk_on_log(manager, 0, keep, &keeper, finalise, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 5", pk_on_log(manager, 5, keep, &keeper, finalise, &error));
    CHECK(atomic_load(&keeper.finalised) == 4);
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    FAILS(PK_ERR_STOPPED, "", pk_on_log(manager, PK_LOG_INFO, keep, &keeper, finalise, &error));
    CHECK(atomic_load(&keeper.finalised) == 5 && atomic_load(&keeper.records) == 0);
    free_manager(manager);
}

static bool is_readable(int fd)
{
    struct pollfd polled = {fd, POLLIN, 0};
    return poll(&polled, 1, 0) == 1;
}

static pk_log_record *next_record(pk_log *log)
{
    pk_log_record *record = NULL;
    SUCCEEDS(pk_log_next(log, 10000, &record, &error));
    return record;
}

void records_are_taken_out(void)
{
    pk_log *log = NULL;
    pk_log_record *record = NULL, *kept;
    pk_reply *reply = NULL;
    int fd = -1;
    pk_manager *manager = new_manager(NULL);
    SUCCEEDS(pk_log_open(manager, PK_LOG_INFO, &log, &error));
    SUCCEEDS(pk_log_fd(log, &fd, &error));
    FAILS(PK_ERR_TIMED_OUT, "", pk_log_next(log, 0, &record, &error));
    FAILS(PK_ERR_TIMED_OUT, "", pk_log_next(log, 20, &record, &error));
    CHECK(record == NULL && !is_readable(fd));

    SUCCEEDS(pk_add_route(manager, "x", NULL, 0, NULL, &error));
    CHECK(is_readable(fd));
    kept = next_record(log);
    CHECK(!is_readable(fd));
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/add", NULL, 0, &reply, &error));
    pk_reply_free(reply);
    record = next_record(log);
    CHECK(pk_log_record_level(record) == PK_LOG_INFO && pk_log_record_event(record) == NULL);
    CHECK_TEXT("management", pk_log_record_category(record));
    pk_log_record_free(record);

    /* All outlive the manager. */
    free_manager(manager);
    CHECK(pk_log_record_level(kept) == PK_LOG_INFO);
    CHECK_TEXT("routes", pk_log_record_category(kept));
    CHECK_TEXT("route added: /x/", pk_log_record_message(kept));
    CHECK(pk_event_kind(pk_log_record_event(kept)) == PK_EVENT_ROUTE_ADDED);
    CHECK_TEXT("/x/", pk_event_prefix(pk_log_record_event(kept)));
    pk_log_record_free(kept);
    record = next_record(log);
    CHECK(pk_event_kind(pk_log_record_event(record)) == PK_EVENT_STOPPED);
    pk_log_record_free(record);
    record = NULL;
    FAILS(PK_ERR_STOPPED, "", pk_log_next(log, PK_FOREVER, &record, &error));
    CHECK(record == NULL && is_readable(fd));
    pk_log_free(log);
}

void logs_are_opened_in_the_right_way(void)
{
    pk_log *log = NULL;
    pk_log_record *record = NULL;
    int fd = -1;
    pk_manager *manager = new_manager(NULL);
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_log_open(NULL, PK_LOG_INFO, &log, &error));
    FAILS(PK_ERR_NULL_POINTER, "log", pk_log_open(manager, PK_LOG_INFO, NULL, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 0", pk_log_open(manager, 0, &log, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 5", pk_log_open(manager, 5, &log, &error));
    FAILS(PK_ERR_NULL_POINTER, "log", pk_log_next(NULL, 0, &record, &error));
    FAILS(PK_ERR_NULL_POINTER, "log", pk_log_fd(NULL, &fd, &error));
    CHECK(log == NULL && record == NULL && fd == -1);
    SUCCEEDS(pk_log_open(manager, PK_LOG_INFO, &log, &error));
    FAILS(PK_ERR_NULL_POINTER, "record", pk_log_next(log, 0, NULL, &error));
    FAILS(PK_ERR_NULL_POINTER, "fd", pk_log_fd(log, NULL, &error));
    pk_log_free(log);
    pk_log_free(NULL);
    CHECK(pk_log_record_level(NULL) == 0 && pk_log_record_event(NULL) == NULL);
    CHECK_TEXT("", pk_log_record_category(NULL));
    CHECK_TEXT("", pk_log_record_message(NULL));
    pk_log_record_free(NULL);
    free_manager(manager);
}
