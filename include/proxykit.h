/*
 * Proxy Kit: a reverse proxy inside this process.
 *
 *     pk_manager *manager;
 *     pk_manager_new(NULL, &manager, NULL);
 *     const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};
 *     pk_add_route(manager, "/proxy/", targets, 2, NULL, NULL);
 *     pk_serve(manager, "127.0.0.1:8080", NULL);
 *     pk_manager_free(manager);
 *
 * Errors. A function that may fail returns a pk_status: PK_OK (0), or the number of an error. Its last parameter is a
 * place for the error itself, with a message; NULL if the message is not wanted. Outputs, *error among them, are
 * written only when they have something to say: results on success, the error on failure. A function does all that it
 * says, or nothing. No error is kept aside for a later call.
 *
 * Strings. What goes in is UTF-8 with a NUL at its end, and is copied before the call returns. What comes out belongs
 * to the object that the function names, or is freed with pk_string_free().
 *
 * Ownership. Every pointer is checked for NULL. What a function gives to its caller has a _free function, which takes
 * it once and does nothing for NULL. Lists and replies are copies: they do not change, and outlive the manager.
 *
 * Threads. Any function may be called from any thread, and many at once on the same manager. An object must not be in
 * use when it is freed; only calls that wait (pk_wait(), pk_serve()) may be, and return. Nothing here may be called in
 * a signal handler.
 *
 * Structs. Those that begin with struct_size may grow at their end in later versions. Fill in options with their _init
 * function and then set what you want otherwise: programs that were compiled with an older header keep their meaning.
 *
 * Processes. The library installs no signal handler, prints nothing, and never ends the process. Its threads run from
 * pk_start() to pk_stop(). They do not live on in a child made by fork(): there, calls that need them answer
 * PK_ERR_FORKED, and a manager that was made but not started is as good as new.
 *
 * This file is generated; its texts stand in the Rust sources.
 */


#ifndef PROXYKIT_H
#define PROXYKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; pk_version() is that of the library that runs. */
#define PK_VERSION_MAJOR 0
#define PK_VERSION_MINOR 1
#define PK_VERSION_PATCH 0


/** One backend after the other. */
#define PK_BALANCER_ROUND_ROBIN 0

/** The backend with the fewest requests in flight; equals take turns. */
#define PK_BALANCER_LEAST_CONNECTIONS 1

/** The same backend for the same client address, as long as it is healthy. */
#define PK_BALANCER_IP_HASH 2

/** The backend with the least load: its requests in flight, weighted with what pk_backend_report() says of it. */
#define PK_BALANCER_LEAST_LOAD 3

/** The backend sees what the client sent in Host. */
#define PK_HOST_HEADER_CLIENT 0

/** The backend sees its own host and port in Host. */
#define PK_HOST_HEADER_BACKEND 1

/** The timeout of pk_wait() that never runs out. */
#define PK_FOREVER UINT64_MAX

/** Something of the proxy's own does not work. */
#define PK_LOG_ERROR 1

/**
 * Somebody should look: a backend fails its checks, a stop has cut requests off, a call of the management API came from who may
 * not call, a handler failed.
 */
#define PK_LOG_WARN 2

/** What has changed: start and stop, routes and backends, health, certificates. */
#define PK_LOG_INFO 3

/** What went wrong with single requests: attempts that failed, and answers of the proxy's own. */
#define PK_LOG_DEBUG 4

/** The threads run, and connections are accepted at pk_event_address(), if there is a listener. */
#define PK_EVENT_STARTED 1

/** All threads have ended; pk_event_count() requests and tunnels were cut off. It is the last event. */
#define PK_EVENT_STOPPED 2

/** A route came; its first backends follow, each with an event of its own. */
#define PK_EVENT_ROUTE_ADDED 3

/** A route went, behind its backends. */
#define PK_EVENT_ROUTE_REMOVED 4

/** A backend came. It counts as healthy until a check says otherwise. */
#define PK_EVENT_BACKEND_ADDED 5

/** A backend went. Nothing more is told of its health. */
#define PK_EVENT_BACKEND_REMOVED 6

/** A backend answers its checks again. */
#define PK_EVENT_BACKEND_HEALTHY 7

/** A backend has failed its checks; pk_event_message() says how the last one failed. */
#define PK_EVENT_BACKEND_UNHEALTHY 8

/** The files of certificates and keys were read again, and are in force. */
#define PK_EVENT_CERTIFICATES_RELOADED 9

/** The files could not be used, for what pk_event_message() says; those before them stay in force. */
#define PK_EVENT_CERTIFICATES_REFUSED 10

/** The subscriber did not keep up: pk_event_count() events that would stand here are lost. */
#define PK_EVENT_EVENTS_LOST 11

/** The backends of a route as they were at the moment of asking, in the order in which they were added. */
typedef struct pk_backends pk_backends;

/** What went wrong in a call: a number, a name, and a sentence that names the value. */
typedef struct pk_error pk_error;

/** Something that has happened in a manager. */
typedef struct pk_event pk_event;

/**
 * A subscription to what happens in a manager, from pk_events_open() on. Up to 1,024 events wait in it; what comes when so
 * many wait is lost, and PK_EVENT_EVENTS_LOST stands in its place.
 */
typedef struct pk_events pk_events;

/**
 * The records of a manager's log, from pk_log_open() on. Up to 1,024 records wait in it; what comes when so many wait is
 * lost, and a record of the category "log" stands in its place.
 */
typedef struct pk_log pk_log;

/** A line of the log. */
typedef struct pk_log_record pk_log_record;

/**
 * A reverse proxy inside this process: its routes, its listeners, its threads. A process may have many.
 *
 * Threads exist from pk_start() to pk_stop() only.
 */
typedef struct pk_manager pk_manager;

/** The answer of the management API to pk_manage(). */
typedef struct pk_reply pk_reply;

/** A request for a handler, until it is freed. docs/handlers.md says what it has of what the client sent. */
typedef struct pk_request pk_request;

/** The routes of a manager as they were at the moment of asking, in the order of their prefixes. */
typedef struct pk_routes pk_routes;

/**
 * What a function that may fail answers: PK_OK, or the number of an error. Numbers come in blocks of a hundred (the
 * call itself, configuration, routes and backends, life cycle, proxied requests, management API) and are never reused.
 */
typedef uint32_t pk_status;

/** What a manager as a whole may be told. pk_manager_options_init() fills in the defaults; call it first. */
typedef struct {
    /** sizeof(pk_manager_options); pk_manager_options_init() sets it. */
    size_t struct_size;
    /** How many worker threads serve requests: 1 to 1024, or 0 for one for each core. Default: 0. */
    uint32_t workers;
    /**
     * Where the management API is served: "same" (the proxy's own listener), "off", or a listener of its own,
     * "HOST:PORT" or "unix:PATH". Default: "same".
     */
    const char *management;
    /**
     * The token that callers of the management API must give (Authorization: Bearer TOKEN), or NULL for none: then
     * only direct local callers are answered. Default: NULL.
     */
    const char *management_token;
    /** Names that the management API answers to in Host beside the loopback names, when it has no token. Default: none. */
    const char *const *management_hosts;
    /** How many names management_hosts has. */
    size_t management_hosts_len;
    /** The networks ("10.0.0.0/8") and addresses whose X-Forwarded-For is believed. Default: none. */
    const char *const *trusted_proxies;
    /** How many networks trusted_proxies has. */
    size_t trusted_proxies_len;
    /**
     * Further options, each written "NAME=VALUE" ("idle_timeout=30s"); docs/options.md lists their names. One that is
     * also a field of this struct counts instead of the field. Default: none.
     */
    const char *const *settings;
    /** How many options settings has. */
    size_t settings_len;
    /**
     * Options as a JSON object, by the names of docs/options.md: {"idle_timeout": "30s"}; a list is an array of texts. They
     * count instead of the fields, and those in settings instead of them. NULL is none. Default: NULL.
     */
    const char *json;
} pk_manager_options;

/**
 * What a route may be told. pk_route_options_init() fills in the defaults; call it first, for 0 is a value like any
 * other.
 */
typedef struct {
    /** sizeof(pk_route_options); pk_route_options_init() sets it. */
    size_t struct_size;
    /** How a backend is picked, a PK_BALANCER_ number. Default: PK_BALANCER_ROUND_ROBIN. */
    uint32_t balancer;
    /** Whose name the backend sees in Host, a PK_HOST_HEADER_ number. Default: PK_HOST_HEADER_CLIENT. */
    uint32_t host_header;
    /** Whether the prefix is taken off the path before it is joined to the target's. Default: true. */
    bool strip_prefix;
    /**
     * Whether backends are checked; if not, every backend stays healthy and the fields health_ have no meaning.
     * Default: true.
     */
    bool health_check;
    /** As in pk_health_check. Default: 5000. */
    uint64_t health_interval_ms;
    /** As in pk_health_check. Default: 2000. */
    uint64_t health_timeout_ms;
    /** As in pk_health_check. Default: 1. */
    uint32_t health_rise;
    /** As in pk_health_check. Default: 1. */
    uint32_t health_fall;
    /** As in pk_health_check. Default: 0.1. */
    double health_jitter;
    /** Milliseconds to open a connection to a backend, 1 to ten years. The client gets 504 then. Default: 5000. */
    uint64_t connect_timeout_ms;
    /**
     * Milliseconds from the end of a request to the head of its answer, 1 to ten years. While the client still sends,
     * they count from the last piece sent on. The client gets 504 then. Default: 60000.
     */
    uint64_t response_head_timeout_ms;
    /**
     * Further options, each written "NAME=VALUE" ("idle_timeout=30s"); docs/options.md lists their names. One that is
     * also a field of this struct counts instead of the field. Default: none.
     */
    const char *const *settings;
    /** How many options settings has. */
    size_t settings_len;
    /**
     * Options as a JSON object, by the names of docs/options.md: {"request_timeout": "30s"}; a list is an array of texts. They
     * count instead of the fields, and those in settings instead of them. NULL is none. Default: NULL.
     */
    const char *json;
} pk_route_options;

/**
 * How backends are checked: by opening a TCP connection to them. A backend counts as healthy until a check says
 * otherwise. pk_health_check_init() fills in the defaults; call it first, for 0 is a value like any other.
 */
typedef struct {
    /** sizeof(pk_health_check); pk_health_check_init() sets it. */
    size_t struct_size;
    /** Milliseconds between two probes, 1 to ten years. Default: 5000. */
    uint64_t health_interval_ms;
    /** Milliseconds that a probe may take, 1 to ten years. Default: 2000. */
    uint64_t health_timeout_ms;
    /** How many probes in a row must succeed before an unhealthy backend is healthy, 1 or more. Default: 1. */
    uint32_t health_rise;
    /** How many probes in a row must fail before a healthy backend is unhealthy, 1 or more. Default: 1. */
    uint32_t health_fall;
    /** The share of the interval by which each wait is shortened or lengthened at random, 0 to 1. Default: 0.1. */
    double health_jitter;
} pk_health_check;

/**
 * What a handler may be told. pk_handler_options_init() fills in the defaults; call it first, for 0 is a value like any
 * other.
 */
typedef struct {
    /** sizeof(pk_handler_options); pk_handler_options_init() sets it. */
    size_t struct_size;
    /**
     * Milliseconds from a request's head to the handler's answer, 1 to ten years; its body and waiting for a thread count.
     * The client gets 504 then. Default: 30000.
     */
    uint64_t handler_timeout_ms;
    /** The largest body of a request in bytes, 1 to 1 GiB. The client gets 413 then. Default: 1048576. */
    uint64_t handler_body_limit;
    /**
     * Further options, each written "NAME=VALUE" ("handler_timeout=5s"); docs/options.md lists their names. One that is
     * also a field of this struct counts instead of the field. Default: none.
     */
    const char *const *settings;
    /** How many options settings has. */
    size_t settings_len;
    /**
     * Options as a JSON object, by the names of docs/options.md: {"handler_timeout": "5s"}. They count instead of the
     * fields, and those in settings instead of them. NULL is none. Default: NULL.
     */
    const char *json;
} pk_handler_options;

/**
 * Answers a request, at once or later. The request is the handler's: pk_respond() answers it, pk_request_free() frees it,
 * both on whatever thread; userdata is what was given to pk_handle().
 *
 * It must not throw: an exception that leaves it ends the process.
 */
typedef void (*pk_handler)(pk_request *request, void *userdata);

/** Frees what a function was given as userdata. It must not throw. */
typedef void (*pk_finaliser)(void *userdata);

/**
 * What was counted since the beginning: of a backend since it was added, of a route the same, of the manager since it was
 * made. None of them ever gets smaller. Set struct_size to sizeof(pk_counters) before a function fills in the rest.
 */
typedef struct {
    /** sizeof(pk_counters), set by the caller. */
    size_t struct_size;
    /**
     * Requests that were answered: the sum of the four classes below, and of the answers that changed the protocol (101).
     * Of a backend those that it has answered itself; of a route and of the manager what clients were answered, also by
     * the proxy and by handlers.
     */
    uint64_t requests;
    /** Answers with a status from 200 to 299. */
    uint64_t responses_2xx;
    /** Answers with a status from 300 to 399. */
    uint64_t responses_3xx;
    /** Answers with a status from 400 to 499. */
    uint64_t responses_4xx;
    /** Answers with a status from 500 up. */
    uint64_t responses_5xx;
    /** Attempts that found no connection: refused, too late, or without TLS. */
    uint64_t connect_failures;
    /** Attempts whose answer did not begin in time, and answers that stood still or took too long. */
    uint64_t timeouts;
    /** Attempts whose connection ended before the answer, answers that are not HTTP, and answers that broke off. */
    uint64_t broken_responses;
    /** Attempts for requests that had failed before, elsewhere or here. */
    uint64_t retries;
} pk_counters;

/**
 * The connections of clients to the proxy. Set struct_size to sizeof(pk_connections) before pk_get_totals() fills in the
 * rest.
 */
typedef struct {
    /** sizeof(pk_connections), set by the caller. */
    size_t struct_size;
    /** How many there are now. */
    uint64_t open;
    /** How many were let in. */
    uint64_t accepted;
    /** How many were closed at once, for connection_limit or client_connection_limit. */
    uint64_t refused;
} pk_connections;

/**
 * Hears an event. The event and its texts are valid during the call; userdata is what was given to pk_on_event().
 *
 * It must not throw: an exception that leaves it ends the process, as one does that leaves a thread's function.
 */
typedef void (*pk_event_callback)(const pk_event *event, void *userdata);

/**
 * Takes a record of the log. The record, its texts and its event are valid during the call; userdata is what was given to
 * pk_on_log().
 *
 * It must not throw: an exception that leaves it ends the process.
 */
typedef void (*pk_log_callback)(const pk_log_record *record, void *userdata);

/** One route of a list. Set struct_size to sizeof(pk_route) before pk_routes_get() fills in the rest. */
typedef struct {
    /** sizeof(pk_route), set by the caller. */
    size_t struct_size;
    /** The prefix in its normal form; the text belongs to the list. */
    const char *prefix;
    /** How a backend is picked, a PK_BALANCER_ number. */
    uint32_t balancer;
    /** The route's backends; they belong to the list. */
    const pk_backends *backends;
    /** Whether the host answers its requests itself (pk_handle()); it has no backends then. */
    bool is_handler;
} pk_route;

/** One backend of a list. Set struct_size to sizeof(pk_backend) before pk_backends_get() fills in the rest. */
typedef struct {
    /** sizeof(pk_backend), set by the caller. */
    size_t struct_size;
    /** The target in its normal form; the text belongs to the list. */
    const char *target;
    /** What its checks say. */
    bool healthy;
    /** How many requests and tunnels are in flight to it. */
    size_t in_flight;
    /** What the host has reported of its load with pk_backend_report(): 1 until then. */
    double load;
} pk_backend;

/** A field of a request's or an answer's head. */
typedef struct {
    /** Its name; of a request in lower case. */
    const char *name;
    /** Its value. Of a request it may be other text than UTF-8. */
    const char *value;
} pk_header;

/** The call did what it says. */
#define PK_OK 0

/** A pointer that must not be NULL is NULL. */
#define PK_ERR_NULL_POINTER 1001

/** A string is not UTF-8. */
#define PK_ERR_INVALID_UTF8 1002

/** An argument is out of its range. */
#define PK_ERR_INVALID_ARGUMENT 1003

/** A panic was caught at the boundary of a binding: a defect of Proxy Kit. */
#define PK_ERR_PANIC 1004

/** A route's prefix is not a path prefix. */
#define PK_ERR_INVALID_PREFIX 1101

/** A backend's target is not a URL that Proxy Kit can send to. */
#define PK_ERR_INVALID_TARGET 1102

/** An address to listen on cannot be read. */
#define PK_ERR_INVALID_ADDRESS 1103

/** An option's value is out of its range, or two options contradict each other. */
#define PK_ERR_INVALID_OPTION 1104

/** A certificate or a key cannot be used: its file is missing or no PEM, it has expired, or the two are no pair. */
#define PK_ERR_INVALID_CERTIFICATE 1105

/** There is a route with this prefix already. */
#define PK_ERR_ROUTE_EXISTS 1201

/** There is no route with this prefix. */
#define PK_ERR_ROUTE_NOT_FOUND 1202

/** The route has no backend with this target. */
#define PK_ERR_BACKEND_NOT_FOUND 1203

/** The route has a handler, and takes no backends. */
#define PK_ERR_ROUTE_IS_HANDLER 1204

/** The address to listen on is in use. */
#define PK_ERR_ADDRESS_IN_USE 1301

/** The address to listen on cannot be bound for another reason. */
#define PK_ERR_BIND_FAILED 1302

/** The call needs a manager that was started. */
#define PK_ERR_NOT_STARTED 1303

/** The manager was started before. */
#define PK_ERR_ALREADY_STARTED 1304

/** The manager was stopped, and does not start again. */
#define PK_ERR_STOPPED 1305

/** The process is a fork of the one that started the manager; its threads are not here. */
#define PK_ERR_FORKED 1306

/** The call would wait for the very thread that makes it. */
#define PK_ERR_WRONG_THREAD 1307

/** The operating system gave no thread, no event queue, or no descriptor. */
#define PK_ERR_START_FAILED 1308

/** The time that the caller gave ran out. */
#define PK_ERR_TIMED_OUT 1309

/** No route takes the request's path. */
#define PK_ERR_NO_ROUTE 1401

/** The route has no healthy backend. */
#define PK_ERR_NO_HEALTHY_BACKEND 1402

/** The connection to the backend was refused, or broke before it stood. */
#define PK_ERR_CONNECT_FAILED 1403

/** The connection to the backend did not stand in time. */
#define PK_ERR_CONNECT_TIMEOUT 1404

/** The backend did not begin its answer in time. */
#define PK_ERR_RESPONSE_TIMEOUT 1405

/** The backend closed the connection before its answer began. */
#define PK_ERR_UPSTREAM_CLOSED 1406

/** The backend's answer is not HTTP. */
#define PK_ERR_UPSTREAM_PROTOCOL 1407

/** The request cannot be passed on. */
#define PK_ERR_BAD_REQUEST 1408

/** The method asks for something that a reverse proxy does not do (CONNECT). */
#define PK_ERR_METHOD_NOT_SUPPORTED 1409

/** The client stopped sending its request. */
#define PK_ERR_CLIENT_CLOSED 1410

/** The backend's certificate is not trusted, or no TLS came about for another reason. */
#define PK_ERR_TLS_FAILED 1411

/** The client paused too long while it sent its request. */
#define PK_ERR_CLIENT_TIMEOUT 1412

/** The request's body is larger than the route allows. */
#define PK_ERR_REQUEST_TOO_LARGE 1413

/** The request's target is longer than the manager allows. */
#define PK_ERR_TARGET_TOO_LONG 1414

/** The request has more header fields than the manager allows. */
#define PK_ERR_TOO_MANY_HEADERS 1415

/** The request took longer than the route allows. */
#define PK_ERR_REQUEST_EXPIRED 1416

/** All backends of the route are busy, and as many requests wait as may. */
#define PK_ERR_QUEUE_FULL 1417

/** All backends of the route were busy for too long. */
#define PK_ERR_QUEUE_TIMEOUT 1418

/** The backend paused too long in the midst of its answer. */
#define PK_ERR_UPSTREAM_STALLED 1419

/** All threads for handlers are busy, and as many requests wait as may, or their bodies take too much memory. */
#define PK_ERR_HANDLER_BUSY 1420

/** The handler did not answer in time. */
#define PK_ERR_HANDLER_TIMEOUT 1421

/** The handler gave no answer, or panicked. */
#define PK_ERR_HANDLER_FAILED 1422

/** A handler answered a request for the second time. */
#define PK_ERR_ALREADY_ANSWERED 1423

/** A management call's body or query is not as it must be. */
#define PK_ERR_INVALID_REQUEST 1501

/** The path is there, but not for this method. */
#define PK_ERR_METHOD_NOT_ALLOWED 1502

/** The token is missing or wrong. */
#define PK_ERR_UNAUTHORIZED 1503

/** Without a token, the management API answers only direct local callers. */
#define PK_ERR_FORBIDDEN 1504

/** The management API has nothing at this path. */
#define PK_ERR_NOT_FOUND 1505

/** A management call's body is larger than allowed. */
#define PK_ERR_BODY_TOO_LARGE 1506

/** A management call's body did not arrive in time. */
#define PK_ERR_REQUEST_TIMEOUT 1507

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that runs, such as "0.1.0". The macros PK_VERSION_MAJOR, PK_VERSION_MINOR and
 * PK_VERSION_PATCH are the version of this header.
 *
 * Ownership: the text is the library's and lasts as long as it is loaded.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_version(void);

/**
 * The name of a status: "ok", "route_exists", and "unknown" for a number that this version does not have. Names are
 * the same in every language and in the answers of the management API.
 *
 * Ownership: the text is the library's and lasts as long as it is loaded.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_status_name(pk_status status);

/**
 * The number of an error: the status that the call answered. PK_OK for NULL.
 *
 * Ownership: reads the error.
 * Threads: any thread, any time.
 * Errors: none.
 */
uint32_t pk_error_code(const pk_error *error);

/**
 * The name of an error: "route_exists". "ok" for NULL.
 *
 * Ownership: the text is the library's and lasts as long as it is loaded.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_error_name(const pk_error *error);

/**
 * What went wrong, in one line for people. An empty text for NULL.
 *
 * Ownership: the text belongs to the error.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_error_message(const pk_error *error);

/**
 * Frees an error. NULL does nothing.
 *
 * Ownership: takes the error; it must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_error_free(pk_error *error);

/**
 * Frees a text that a function of this header gave to the caller. NULL does nothing.
 *
 * Ownership: takes the text; it must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_string_free(char *string);

/**
 * Fills in the defaults: pk_manager_options options; pk_manager_options_init(&options, sizeof options).
 *
 * Ownership: writes struct_size bytes. The texts in it are the library's.
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
 */
pk_status pk_manager_options_init(pk_manager_options *options, size_t struct_size);

/**
 * Fills in the defaults: pk_route_options options; pk_route_options_init(&options, sizeof options).
 *
 * Ownership: writes struct_size bytes.
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
 */
pk_status pk_route_options_init(pk_route_options *options, size_t struct_size);

/**
 * Fills in the defaults: pk_health_check check; pk_health_check_init(&check, sizeof check).
 *
 * Ownership: writes struct_size bytes.
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
 */
pk_status pk_health_check_init(pk_health_check *options, size_t struct_size);

/**
 * Fills in the defaults: pk_handler_options options; pk_handler_options_init(&options, sizeof options).
 *
 * Ownership: writes struct_size bytes.
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
 */
pk_status pk_handler_options_init(pk_handler_options *options, size_t struct_size);

/**
 * Makes a manager without routes. No thread, socket or file is made before pk_start(). NULL for options: the
 * defaults.
 *
 * Ownership: the options are copied. *manager is the caller's: pk_manager_free(). *error, if set, too:
 * pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_OPTION,
 * PK_ERR_INVALID_CERTIFICATE.
 */
pk_status pk_manager_new(const pk_manager_options *options,
                         pk_manager **manager,
                         pk_error **error);

/**
 * Stops a manager at once, as pk_stop() with the deadline 0 does, and frees it. NULL does nothing.
 *
 * Calls that wait in other threads (pk_wait(), pk_serve()) return; no other call may begin. If an error comes back,
 * the manager was not freed.
 *
 * Ownership: takes the manager. Lists and replies that came from it stay valid.
 * Threads: any thread but the manager's own, any time, once.
 * Errors: PK_ERR_WRONG_THREAD (on one of the manager's own threads), PK_ERR_FORKED (in a child of the process that
 * started it; the memory is left alone there).
 */
pk_status pk_manager_free(pk_manager *manager);

/**
 * Adds a route for the paths that begin with a prefix, with its first backends. NULL for options: the defaults.
 *
 * The prefix "/x" takes "/x" and "/x/...", and not "/xy"; the longest prefix wins. A target is
 * "http://HOST[:PORT][/BASE]", "https://…", "h2c://…" (HTTP/2 without TLS) or "unix:PATH".
 * NULL with targets_len 0 is a list of none. All is done, or nothing.
 *
 * Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
 * PK_ERR_INVALID_TARGET, PK_ERR_INVALID_OPTION, PK_ERR_INVALID_CERTIFICATE, PK_ERR_ROUTE_EXISTS, PK_ERR_FORKED.
 */
pk_status pk_add_route(pk_manager *manager,
                       const char *prefix,
                       const char *const *targets,
                       size_t targets_len,
                       const pk_route_options *options,
                       pk_error **error);

/**
 * Removes a route with its backends. Requests in flight finish; later ones find no route.
 *
 * Ownership: the prefix is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_ROUTE_NOT_FOUND, PK_ERR_FORKED.
 */
pk_status pk_remove_route(pk_manager *manager,
                          const char *prefix,
                          pk_error **error);

/**
 * Lists all routes with their backends, as they are at this moment, in the order of their prefixes.
 *
 * Ownership: *routes is the caller's: pk_routes_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER.
 */
pk_status pk_list_routes(const pk_manager *manager, pk_routes **routes, pk_error **error);

/**
 * Adds backends to a route. All are added, or none; those that the route has already are left as they are.
 *
 * NULL for health_check: the new backends are checked as the route's. NULL for added: the number of new backends is
 * not wanted.
 *
 * Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
 * PK_ERR_INVALID_TARGET, PK_ERR_INVALID_OPTION, PK_ERR_INVALID_CERTIFICATE, PK_ERR_ROUTE_NOT_FOUND,
 * PK_ERR_ROUTE_IS_HANDLER, PK_ERR_FORKED.
 */
pk_status pk_add_backends(pk_manager *manager,
                          const char *prefix,
                          const char *const *targets,
                          size_t targets_len,
                          const pk_health_check *health_check,
                          size_t *added,
                          pk_error **error);

/**
 * Removes backends from a route. All that the route has are removed, the others are not counted. Requests in flight
 * finish. NULL for removed: the number is not wanted.
 *
 * Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
 * PK_ERR_ROUTE_NOT_FOUND, PK_ERR_ROUTE_IS_HANDLER, PK_ERR_FORKED. Nothing was removed then.
 */
pk_status pk_remove_backends(pk_manager *manager,
                             const char *prefix,
                             const char *const *targets,
                             size_t targets_len,
                             size_t *removed,
                             pk_error **error);

/**
 * Lists the backends of a route as they are at this moment, in the order in which they were added.
 *
 * Ownership: *backends is the caller's: pk_backends_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_ROUTE_NOT_FOUND.
 */
pk_status pk_list_backends(const pk_manager *manager,
                           const char *prefix,
                           pk_backends **backends,
                           pk_error **error);

/**
 * Looks up one backend of a route as it is at this moment, and gives it as a list of one.
 *
 * Ownership: *backends is the caller's: pk_backends_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
 * PK_ERR_ROUTE_NOT_FOUND, PK_ERR_BACKEND_NOT_FOUND.
 */
pk_status pk_get_backend(const pk_manager *manager,
                         const char *prefix,
                         const char *target,
                         pk_backends **backends,
                         pk_error **error);

/**
 * Reports how loaded a backend is, for routes with PK_BALANCER_LEAST_LOAD: any figure from 0 up, in a unit of the host's
 * own, which must be the same for all backends of a route. It stays until the next report; until the first it is 1.
 *
 * A backend with twice the load of another gets half as many requests at a time. It may be called as often as there is
 * news: no request waits for it, and no function of the host's is called for a request.
 *
 * Ownership: the texts are copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
 * PK_ERR_INVALID_ARGUMENT (a load below 0, or no number), PK_ERR_ROUTE_NOT_FOUND, PK_ERR_BACKEND_NOT_FOUND,
 * PK_ERR_FORKED.
 */
pk_status pk_backend_report(pk_manager *manager,
                            const char *prefix,
                            const char *target,
                            double load,
                            pk_error **error);

/**
 * Adds a route whose requests the host answers itself, beside those that have backends, on the same listener. The prefix
 * is as in pk_add_route(); pk_remove_route() removes the route, and requests in progress finish. NULL for options: the
 * defaults.
 *
 * The handler is called on threads of its own (proxykit-handler-N, as many as the manager's option handler_threads says),
 * with all signals blocked, by many of them at once. They exist from pk_start() to pk_stop() only. The handler may call the
 * library, but for pk_stop(), pk_wait(), pk_serve() and pk_manager_free(), which answer PK_ERR_WRONG_THREAD there. What
 * becomes of a request if it is late, or all threads are busy: docs/handlers.md.
 *
 * pk_stop() waits for handlers until its deadline. A handler that has not returned by then is left behind on its thread,
 * and the library must stay loaded until it returns.
 *
 * NULL for finaliser: userdata needs none. Otherwise it is called with userdata exactly once, when the route is gone and no
 * call of the handler runs any more, also if this function fails: on one of the handlers' threads while the manager is
 * started, else on the thread that removed the route or freed the manager.
 *
 * Ownership: takes userdata, also if it fails; all else is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
 * PK_ERR_INVALID_OPTION, PK_ERR_ROUTE_EXISTS, PK_ERR_FORKED.
 */
pk_status pk_handle(pk_manager *manager,
                    const char *prefix,
                    const pk_handler_options *options,
                    pk_handler handler,
                    void *userdata,
                    pk_finaliser finaliser,
                    pk_error **error);

/**
 * Starts the threads and accepts connections at an address: "HOST:PORT" (port 0 for a free one, see pk_address()) or
 * "unix:PATH". Returns when connections are accepted. A manager is started once.
 *
 * "fd:N" is a socket that listens already, TCP or unix, under the descriptor N; "systemd" or "systemd:NAME" is one that
 * systemd handed to the process. The descriptor stays its owner's, who may close it once this has returned: what is
 * accepted from is a copy, and as long as another one is open the socket goes on listening after pk_stop().
 *
 * NULL for listen: without a listener, to run health checks and a management listener of its own alone.
 *
 * Ownership: the address is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ADDRESS, PK_ERR_ADDRESS_IN_USE,
 * PK_ERR_BIND_FAILED, PK_ERR_START_FAILED: nothing runs then, and it may be called again. PK_ERR_ALREADY_STARTED,
 * PK_ERR_STOPPED, PK_ERR_FORKED.
 */
pk_status pk_start(pk_manager *manager,
                   const char *listen,
                   pk_error **error);

/**
 * Starts as pk_start() does and waits until another thread stops the manager.
 *
 * Ownership: the address is copied. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time. It sleeps until then.
 * Errors: as pk_start(), and PK_ERR_NULL_POINTER if listen is NULL.
 */
pk_status pk_serve(pk_manager *manager, const char *listen, pk_error **error);

/**
 * Says where connections are accepted: "127.0.0.1:8080" or "unix:PATH". With port 0, the port that was given.
 *
 * Ownership: *address is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_NOT_STARTED (also without a listener).
 */
pk_status pk_address(const pk_manager *manager, char **address, pk_error **error);

/**
 * Says where the management API has a listener of its own, as pk_address() does.
 *
 * Ownership: *address is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_NOT_STARTED (also if it has none).
 */
pk_status pk_management_address(const pk_manager *manager, char **address, pk_error **error);

/**
 * Waits until the manager is stopped, or for so many milliseconds; PK_FOREVER waits without an end.
 *
 * Ownership: reads the manager. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread but the manager's own, any time, many at once.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_NOT_STARTED, PK_ERR_FORKED, PK_ERR_WRONG_THREAD.
 */
pk_status pk_wait(const pk_manager *manager, uint64_t timeout_ms, pk_error **error);

/**
 * Stops: accepts no more connections, lets requests and tunnels finish for so many milliseconds, closes the rest, and
 * joins the threads. Says in *cut_off how many were closed; NULL for cut_off: that is not wanted.
 *
 * May be called any number of times, also while another call stops: the earliest deadline counts. On a manager that
 * does not run it closes none, and the manager does not start afterwards.
 *
 * Ownership: the manager stays the caller's. *error, if set, is too: pk_error_free().
 * Threads: any thread but the manager's own, any time. It may not be called in a signal handler.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED, PK_ERR_WRONG_THREAD.
 */
pk_status pk_stop(pk_manager *manager,
                  uint64_t deadline_ms,
                  size_t *cut_off,
                  pk_error **error);

/**
 * Reads the files of the options tls_certificates, tls_keys and client_ca again. New connections use what they hold now;
 * those that stand go on with what they began with. Without certificates there is nothing to do.
 *
 * Ownership: *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time. It waits for the disk.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED, PK_ERR_INVALID_CERTIFICATE: all that was in force stays so.
 */
pk_status pk_manager_reload_certificates(pk_manager *manager,
                                         pk_error **error);

/**
 * Fills in what was counted in all since the manager was made: in *counters of all routes, those that were removed among
 * them, and of requests that no route took; in *connections those of clients. NULL for either: it is not wanted. Calls
 * of the management API are not among them.
 *
 * Ownership: *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER (the manager); PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
 */
pk_status pk_get_totals(const pk_manager *manager,
                        pk_counters *counters,
                        pk_connections *connections,
                        pk_error **error);

/**
 * Answers one call of the management API, for hosts that serve it on a server of their own and decide there who may
 * call. The method is as in HTTP ("GET"), the target is the path with its query ("/endpoints/list?prefixPath=/x/"),
 * the body is JSON, or NULL with body_len 0.
 *
 * What the API refuses is a reply too, with its HTTP status: PK_OK comes back.
 *
 * Ownership: everything is copied. *reply is the caller's: pk_reply_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, also while serving.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT.
 */
pk_status pk_manage(pk_manager *manager,
                    const char *method,
                    const char *target,
                    const uint8_t *body,
                    size_t body_len,
                    pk_reply **reply,
                    pk_error **error);

/**
 * Has callback called for each event from here on, on a thread of its own (proxykit-events), which exists from
 * pk_start() to pk_stop() only: what happens before waits for it, as in a pk_events. Each callback has its own thread,
 * with all signals blocked.
 *
 * The callback may call the library, but for pk_stop(), pk_wait(), pk_serve() and pk_manager_free(), which answer
 * PK_ERR_WRONG_THREAD there. It may take its time: nothing waits for it but pk_stop(), which returns behind the call with
 * PK_EVENT_STOPPED, or a second after its deadline if the callback does not come to an end; the thread is then left to
 * itself, and the library must stay loaded.
 *
 * NULL for finaliser: userdata needs none. Otherwise it is called with userdata exactly once: behind the last call of
 * callback on its thread; when the manager is stopped or freed without having run; or, if this function fails, before it
 * returns.
 *
 * Ownership: takes userdata, also if it fails. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_STOPPED (also while it stops), PK_ERR_START_FAILED, PK_ERR_FORKED.
 */
pk_status pk_on_event(pk_manager *manager,
                      pk_event_callback callback,
                      void *userdata,
                      pk_finaliser finaliser,
                      pk_error **error);

/**
 * Subscribes to what happens from here on. May be called before pk_start() and while the manager runs, any number of
 * times; each subscription hears all.
 *
 * Ownership: *events is the caller's: pk_events_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED.
 */
pk_status pk_events_open(pk_manager *manager,
                         pk_events **events,
                         pk_error **error);

/**
 * Has callback called with each record of the log from here on, of this level (a PK_LOG_ number) and those that matter
 * more, on a thread of its own (proxykit-log). Without a callback nothing is logged, anywhere.
 *
 * All that pk_on_event() says of its callback, its thread and its finaliser holds for these. Up to 1,024 records wait for the
 * callback; what comes when so many wait is lost, and a record that stands in its place says how many.
 *
 * Ownership: takes userdata, also if it fails. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (the level), PK_ERR_STOPPED (also while it stops),
 * PK_ERR_START_FAILED, PK_ERR_FORKED.
 */
pk_status pk_on_log(pk_manager *manager,
                    uint32_t level,
                    pk_log_callback callback,
                    void *userdata,
                    pk_finaliser finaliser,
                    pk_error **error);

/**
 * Subscribes to the records of the log from here on, of this level (a PK_LOG_ number) and those that matter more. May be
 * called before pk_start() and while the manager runs, any number of times.
 *
 * Ownership: *log is the caller's: pk_log_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (the level), PK_ERR_FORKED.
 */
pk_status pk_log_open(pk_manager *manager,
                      uint32_t level,
                      pk_log **log,
                      pk_error **error);

/**
 * How many routes a list has. 0 for NULL.
 *
 * Ownership: reads the list.
 * Threads: any thread, any time.
 * Errors: none.
 */
size_t pk_routes_len(const pk_routes *routes);

/**
 * Fills in the route at an index, from 0.
 *
 * Ownership: what *route points to belongs to the list. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
 */
pk_status pk_routes_get(const pk_routes *routes,
                        size_t index,
                        pk_route *route,
                        pk_error **error);

/**
 * Fills in what was counted of the route at an index, from 0, since it was added, also at backends that it has no more.
 *
 * Ownership: *counters is the caller's. *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
 */
pk_status pk_routes_counters(const pk_routes *routes,
                             size_t index,
                             pk_counters *counters,
                             pk_error **error);

/**
 * Frees a list of routes. NULL does nothing.
 *
 * Ownership: takes the list, its texts and its lists of backends; they must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_routes_free(pk_routes *routes);

/**
 * How many backends a list has. 0 for NULL.
 *
 * Ownership: reads the list.
 * Threads: any thread, any time.
 * Errors: none.
 */
size_t pk_backends_len(const pk_backends *backends);

/**
 * Fills in the backend at an index, from 0.
 *
 * Ownership: the text in *backend belongs to the list. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
 */
pk_status pk_backends_get(const pk_backends *backends,
                          size_t index,
                          pk_backend *backend,
                          pk_error **error);

/**
 * Fills in what was counted of the backend at an index, from 0, since it was added.
 *
 * Ownership: *counters is the caller's. *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
 */
pk_status pk_backends_counters(const pk_backends *backends,
                               size_t index,
                               pk_counters *counters,
                               pk_error **error);

/**
 * Frees a list of backends. NULL does nothing.
 *
 * Ownership: takes the list and its texts; they must not be used again. The list in a pk_route is not the caller's.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_backends_free(pk_backends *backends);

/**
 * The method of a request: "GET". An empty text for NULL.
 *
 * Ownership: the text belongs to the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_request_method(const pk_request *request);

/**
 * The path and the query of a request, byte for byte as they were sent; the prefix stays on. An empty text for NULL.
 *
 * Ownership: the text belongs to the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_request_target(const pk_request *request);

/**
 * The client's address, without a port: the peer's, or what the proxies before it say if they are trusted. NULL over a unix
 * socket, and for NULL.
 *
 * Ownership: the text belongs to the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_request_client_address(const pk_request *request);

/**
 * How many header fields a request has. 0 for NULL.
 *
 * Ownership: reads the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
size_t pk_request_headers_len(const pk_request *request);

/**
 * Fills in the header field at an index, from 0. Those of one name have the order in which they were sent.
 *
 * Ownership: what *header points to belongs to the request. *error, if set, is the caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (an index past the end).
 */
pk_status pk_request_headers_get(const pk_request *request,
                                 size_t index,
                                 pk_header *header,
                                 pk_error **error);

/**
 * The value of a request's first header field with this name, in whatever case. NULL if it has none, and for NULL.
 *
 * Ownership: the name is read; the text belongs to the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_request_header(const pk_request *request,
                              const char *name);

/**
 * The body of a request: pk_request_body_len() bytes, without a NUL. NULL for NULL.
 *
 * Ownership: the bytes belong to the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
const uint8_t *pk_request_body(const pk_request *request);

/**
 * How many bytes the body of a request has. 0 for NULL.
 *
 * Ownership: reads the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
size_t pk_request_body_len(const pk_request *request);

/**
 * Whether an answer is waited for still: none was given, the client is there, and it is not too late. false for NULL.
 *
 * Ownership: reads the request.
 * Threads: any thread, any time.
 * Errors: none.
 */
bool pk_request_is_wanted(const pk_request *request);

/**
 * Answers a request, once: with a status from 200 to 599, headers, and a body. NULL and 0 for headers or body: none.
 *
 * Headers that are about the connection or the length are left out; the library sets what is right. An answer to HEAD may
 * be the one to GET: its body is not sent.
 *
 * Ownership: everything is copied. The request stays the caller's: pk_request_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time until the request is freed; also long after the handler has returned.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (a bad status, name or value, or a body where
 * the status allows none): it may be called again then. PK_ERR_ALREADY_ANSWERED. If nobody waits for the answer any more:
 * PK_ERR_HANDLER_TIMEOUT, PK_ERR_CLIENT_CLOSED.
 */
pk_status pk_respond(const pk_request *request,
                     uint32_t status,
                     const pk_header *headers,
                     size_t headers_len,
                     const uint8_t *body,
                     size_t body_len,
                     pk_error **error);

/**
 * Frees a request. If it was not answered, the client gets 500. NULL does nothing.
 *
 * Ownership: takes the request, its texts and its body; they must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_request_free(pk_request *request);

/**
 * The HTTP status of the answer. 0 for NULL.
 *
 * Ownership: reads the reply.
 * Threads: any thread, any time.
 * Errors: none.
 */
uint32_t pk_reply_status(const pk_reply *reply);

/**
 * The body of the answer, a JSON text. An empty text for NULL.
 *
 * Ownership: the text belongs to the reply.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_reply_body(const pk_reply *reply);

/**
 * What belongs in the answer's header Allow: a list of methods if the status is 405, else NULL.
 *
 * Ownership: the text belongs to the reply.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_reply_allow(const pk_reply *reply);

/**
 * Frees a reply. NULL does nothing.
 *
 * Ownership: takes the reply and its texts; they must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_reply_free(pk_reply *reply);

/**
 * What has happened, a PK_EVENT_ number. Later versions may have more of them. 0 for NULL.
 *
 * Ownership: reads the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
uint32_t pk_event_kind(const pk_event *event);

/**
 * The name of what has happened, the same in every language: "route_added". An empty text for NULL.
 *
 * Ownership: the text belongs to the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_event_name(const pk_event *event);

/**
 * The prefix of the route that it happened to, or to a backend of which. NULL if it speaks of none.
 *
 * Ownership: the text belongs to the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_event_prefix(const pk_event *event);

/**
 * The target of the backend that it happened to. NULL if it speaks of none.
 *
 * Ownership: the text belongs to the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_event_target(const pk_event *event);

/**
 * Where connections are accepted, of PK_EVENT_STARTED, as pk_address() says. NULL if there is no listener.
 *
 * Ownership: the text belongs to the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_event_address(const pk_event *event);

/**
 * Why it has happened, in words for people. NULL if there is nothing to say.
 *
 * Ownership: the text belongs to the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_event_message(const pk_event *event);

/**
 * How many, of PK_EVENT_STOPPED and PK_EVENT_EVENTS_LOST. 0 for others, and for NULL.
 *
 * Ownership: reads the event.
 * Threads: any thread, any time.
 * Errors: none.
 */
uint64_t pk_event_count(const pk_event *event);

/**
 * Frees an event that pk_events_next() gave. NULL does nothing.
 *
 * Ownership: takes the event and its texts; they must not be used again. The event of a pk_event_callback is not the
 * caller's.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_event_free(pk_event *event);

/**
 * Takes the next event, and waits for it for so many milliseconds; 0 does not wait, PK_FOREVER waits without an end.
 *
 * Behind the last event, PK_EVENT_STOPPED, the answer is PK_ERR_STOPPED.
 *
 * Ownership: *event is the caller's: pk_event_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, many at once: each event goes to one of them.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_STOPPED, PK_ERR_FORKED (in a child of the process that subscribed).
 */
pk_status pk_events_next(pk_events *events,
                         uint64_t timeout_ms,
                         pk_event **event,
                         pk_error **error);

/**
 * Gives a descriptor for hosts that have an event loop (poll(), epoll, kqueue): it is readable as long as
 * pk_events_next() would return at once, behind the last event for ever. Only look at it; what there is to read is taken
 * out by pk_events_next(). It does not block, and is closed when another program is executed.
 *
 * Ownership: the descriptor belongs to the subscription, which closes it; the first call makes it. *error, if set, is the
 * caller's: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_START_FAILED (the system gives no descriptor), PK_ERR_FORKED.
 */
pk_status pk_events_fd(pk_events *events,
                       int *fd,
                       pk_error **error);

/**
 * Ends a subscription. NULL does nothing.
 *
 * Ownership: takes the subscription, which must not be in use, with its descriptor and the events that wait in it. Events
 * that were taken out stay valid.
 * Threads: any thread, any time, before or after the manager is freed.
 * Errors: none.
 */
void pk_events_free(pk_events *events);

/**
 * Takes the next record, and waits for it for so many milliseconds; 0 does not wait, PK_FOREVER waits without an end.
 *
 * Behind the last record, of the stop, the answer is PK_ERR_STOPPED.
 *
 * Ownership: *record is the caller's: pk_log_record_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time, many at once: each record goes to one of them.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_STOPPED, PK_ERR_FORKED (in a child of the process that subscribed).
 */
pk_status pk_log_next(pk_log *log,
                      uint64_t timeout_ms,
                      pk_log_record **record,
                      pk_error **error);

/**
 * Gives a descriptor for hosts that have an event loop, as pk_events_fd() does: readable as long as pk_log_next() would
 * return at once.
 *
 * Ownership: the descriptor belongs to the log, which closes it; the first call makes it. *error, if set, is the caller's:
 * pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_START_FAILED (the system gives no descriptor), PK_ERR_FORKED.
 */
pk_status pk_log_fd(pk_log *log,
                    int *fd,
                    pk_error **error);

/**
 * Ends a subscription to the log. NULL does nothing.
 *
 * Ownership: takes the log, which must not be in use, with its descriptor and the records that wait in it. Records that
 * were taken out stay valid.
 * Threads: any thread, any time, before or after the manager is freed.
 * Errors: none.
 */
void pk_log_free(pk_log *log);

/**
 * How much the record matters, a PK_LOG_ number. 0 for NULL.
 *
 * Ownership: reads the record.
 * Threads: any thread, any time.
 * Errors: none.
 */
uint32_t pk_log_record_level(const pk_log_record *record);

/**
 * What the record speaks of: "health". An empty text for NULL.
 *
 * Ownership: the text belongs to the record.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_log_record_category(const pk_log_record *record);

/**
 * What has happened, to what, and why, on one line for people. An empty text for NULL.
 *
 * Ownership: the text belongs to the record.
 * Threads: any thread, any time.
 * Errors: none.
 */
const char *pk_log_record_message(const pk_log_record *record);

/**
 * The event that the record tells of. NULL if it tells of none.
 *
 * Ownership: the event belongs to the record, and must not be freed.
 * Threads: any thread, any time.
 * Errors: none.
 */
const pk_event *pk_log_record_event(const pk_log_record *record);

/**
 * Frees a record that pk_log_next() gave. NULL does nothing.
 *
 * Ownership: takes the record with its texts and its event; they must not be used again.
 * Threads: any thread, any time.
 * Errors: none.
 */
void pk_log_record_free(pk_log_record *record);

/**
 * Reads a prefix without adding a route, and gives its normal form: "/x/" for "x".
 *
 * Ownership: the text is copied. *normal is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX.
 */
pk_status pk_parse_prefix(const char *text,
                          char **normal,
                          pk_error **error);

/**
 * Reads a target without adding a backend, and gives its normal form: "http://localhost" for "HTTP://LocalHost:80/".
 *
 * Ownership: the text is copied. *normal is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
 * Threads: any thread, any time.
 * Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_TARGET.
 */
pk_status pk_parse_target(const char *text,
                          char **normal,
                          pk_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PROXYKIT_H */
