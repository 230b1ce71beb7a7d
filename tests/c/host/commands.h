/* The commands of the scenario host that ask a manager for what it has. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "proxykit.h"
#include "wire.h"

/* Runs a command on the manager. Its values are kept until it is known whether it succeeded. */
typedef pk_status command(pk_manager *manager, wire_fields *fields, FILE *values, pk_error **error);

/* For a command that cannot be read: the trouble says why. */
static const pk_status NOT_READ = UINT32_MAX;

command list_backends, get_backend, list_routes, counters, totals, connections;

#endif
