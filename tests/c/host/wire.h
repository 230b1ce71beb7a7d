/* The line protocol of scenario hosts: fields separated by tabs, with \t, \n, \\ and \xHH for bytes that cannot stand
 * as they are. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The fields of a line, taken from the left. The first thing that cannot be read is noted as trouble. */
typedef struct wire_fields {
    const char **at;
    size_t len;
    size_t next;
    char trouble[256];
} wire_fields;

/* Splits a line in place; the fields point into it. */
void wire_split(wire_fields *fields, char *line);
void wire_free(wire_fields *fields);

/* The next field; an empty one, and trouble, if none is left. */
const char *wire_next(wire_fields *fields);
/* A number, and so many fields. */
const char *const *wire_list(wire_fields *fields, size_t *len);

/* Whether everything could be read so far. */
bool wire_ok(const wire_fields *fields);
void wire_trouble(wire_fields *fields, const char *what, const char *value);
uint64_t wire_number(wire_fields *fields, const char *text, uint64_t most);

/* Writes a tab and the field. */
void wire_write(FILE *stream, const char *field);

#endif
