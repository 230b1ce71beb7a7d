/* The options of a command, each a field name=value, from the next field to the last. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "proxykit.h"
#include "wire.h"

enum { MOST_LISTED = 64 };

/* A list in an option: words separated by commas. */
typedef struct word_list {
    char *text;
    const char *words[MOST_LISTED];
} word_list;

/* The options of `new`, with the lists that they point to. */
typedef struct manager_options {
    pk_manager_options options;
    word_list hosts;
    word_list networks;
    const char *settings[MOST_LISTED];
} manager_options;

/* The options of `add_route`, with the list that they point to. */
typedef struct route_options {
    pk_route_options options;
    const char *settings[MOST_LISTED];
} route_options;

/* The options of `handle`, with the list that they point to. */
typedef struct handler_options {
    pk_handler_options options;
    const char *settings[MOST_LISTED];
} handler_options;

void read_manager_options(wire_fields *fields, manager_options *options);
void free_manager_options(manager_options *options);

void read_route_options(wire_fields *fields, route_options *options);

void read_handler_options(wire_fields *fields, handler_options *options);

/* Says whether there were any. */
bool read_health_check(wire_fields *fields, pk_health_check *check);

/* The names of the balancers, in the order of their numbers; NULL ends them. */
extern const char *const balancer_names[];

#endif
