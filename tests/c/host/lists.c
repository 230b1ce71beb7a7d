#include "commands.h"

#include "options.h"

#include <inttypes.h>
#include <string.h>

static pk_status write_backends(pk_backends *backends, FILE *values, pk_error **error)
{
    pk_status status = PK_OK;
    for (size_t i = 0; i < pk_backends_len(backends) && status == PK_OK; i++) {
        pk_backend backend;
        backend.struct_size = sizeof backend;
        status = pk_backends_get(backends, i, &backend, error);
        if (status == PK_OK) {
            wire_write(values, backend.target);
            wire_write(values, backend.healthy ? "true" : "false");
        }
    }
    pk_backends_free(backends);
    return status;
}

pk_status list_backends(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    pk_backends *backends;
    const char *prefix = wire_next(fields);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_list_backends(manager, prefix, &backends, error);
    return status == PK_OK ? write_backends(backends, values, error) : status;
}

pk_status get_backend(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    pk_backends *backends;
    const char *prefix = wire_next(fields);
    const char *target = wire_next(fields);
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = pk_get_backend(manager, prefix, target, &backends, error);
    return status == PK_OK ? write_backends(backends, values, error) : status;
}

pk_status list_routes(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    pk_routes *routes;
    pk_status status = pk_list_routes(manager, &routes, error);
    if (status != PK_OK)
        return status;
    for (size_t i = 0; i < pk_routes_len(routes) && status == PK_OK; i++) {
        pk_route route;
        route.struct_size = sizeof route;
        status = pk_routes_get(routes, i, &route, error);
        if (status == PK_OK) {
            wire_write(values, route.prefix);
            wire_write(values, balancer_names[route.balancer]);
        }
    }
    pk_routes_free(routes);
    return status;
}

static void write_counters(const pk_counters *counters, FILE *values)
{
    const uint64_t counts[] = {counters->requests,      counters->responses_2xx, counters->responses_3xx,
                               counters->responses_4xx, counters->responses_5xx, counters->connect_failures,
                               counters->timeouts,      counters->broken_responses, counters->retries};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        fprintf(values, "\t%" PRIu64, counts[i]);
}

static pk_status counters_of_backend(pk_manager *manager, const char *prefix, const char *target, pk_counters *counters,
                                     pk_error **error)
{
    pk_backends *backends;
    pk_status status = pk_get_backend(manager, prefix, target, &backends, error);
    if (status != PK_OK)
        return status;
    status = pk_backends_counters(backends, 0, counters, error);
    pk_backends_free(backends);
    return status;
}

static pk_status counters_of_route(pk_manager *manager, const char *prefix, pk_counters *counters, pk_error **error)
{
    pk_routes *routes;
    char *normal = NULL;
    pk_status status = pk_list_routes(manager, &routes, error);
    if (status != PK_OK)
        return status;
    status = pk_parse_prefix(prefix, &normal, error);
    for (size_t i = 0; i < pk_routes_len(routes) && status == PK_OK; i++) {
        pk_route route;
        route.struct_size = sizeof route;
        status = pk_routes_get(routes, i, &route, error);
        if (status == PK_OK && strcmp(route.prefix, normal) == 0) {
            status = pk_routes_counters(routes, i, counters, error);
            break;
        }
    }
    pk_string_free(normal);
    pk_routes_free(routes);
    return status;
}

pk_status counters(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    pk_counters counted;
    memset(&counted, 0, sizeof counted);
    counted.struct_size = sizeof counted;
    const char *prefix = wire_next(fields);
    const char *target = fields->next < fields->len ? wire_next(fields) : NULL;
    if (!wire_ok(fields))
        return NOT_READ;
    pk_status status = target != NULL ? counters_of_backend(manager, prefix, target, &counted, error)
                                      : counters_of_route(manager, prefix, &counted, error);
    if (status == PK_OK)
        write_counters(&counted, values);
    return status;
}

pk_status totals(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    pk_counters counted;
    counted.struct_size = sizeof counted;
    pk_status status = pk_get_totals(manager, &counted, NULL, error);
    if (status == PK_OK)
        write_counters(&counted, values);
    return status;
}

pk_status connections(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error)
{
    (void)fields;
    pk_connections counted;
    counted.struct_size = sizeof counted;
    pk_status status = pk_get_totals(manager, NULL, &counted, error);
    if (status == PK_OK)
        fprintf(values, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, counted.open, counted.accepted, counted.refused);
    return status;
}
