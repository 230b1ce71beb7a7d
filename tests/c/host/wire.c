#include "wire.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Replaces the escapes of a field in place; false if there is an unknown one. */
static bool unescape(char *field)
{
    char *to = field;
    for (const char *from = field; *from != '\0'; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 't') {
            *to++ = '\t';
        } else if (*from == 'n') {
            *to++ = '\n';
        } else if (*from == '\\') {
            *to++ = '\\';
        } else if (*from == 'x' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
            char byte = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
            if (byte == '\0')
                return false;
            *to++ = byte;
            from += 2;
        } else {
            return false;
        }
    }
    *to = '\0';
    return true;
}

void wire_split(wire_fields *fields, char *line)
{
    size_t len = 1;
    for (const char *c = line; *c != '\0'; c++)
        len += *c == '\t';
    memset(fields, 0, sizeof *fields);
    fields->at = (const char **)calloc(len, sizeof *fields->at);
    if (fields->at == NULL)
        abort();
    for (char *rest = line; rest != NULL;) {
        char *field = rest;
        rest = strchr(rest, '\t');
        if (rest != NULL)
            *rest++ = '\0';
        if (!unescape(field))
            wire_trouble(fields, "an escape cannot be read", field);
        fields->at[fields->len++] = field;
    }
}

void wire_free(wire_fields *fields)
{
    free(fields->at);
}

const char *wire_next(wire_fields *fields)
{
    if (fields->next < fields->len)
        return fields->at[fields->next++];
    wire_trouble(fields, "a field is missing", "");
    return "";
}

const char *const *wire_list(wire_fields *fields, size_t *len)
{
    *len = (size_t)wire_number(fields, wire_next(fields), UINT32_MAX);
    if (*len > fields->len - fields->next) {
        wire_trouble(fields, "a field is missing", "");
        *len = 0;
    }
    const char *const *list = fields->at + fields->next;
    fields->next += *len;
    return list;
}

bool wire_ok(const wire_fields *fields)
{
    return fields->trouble[0] == '\0';
}

void wire_trouble(wire_fields *fields, const char *what, const char *value)
{
    if (wire_ok(fields))
        snprintf(fields->trouble, sizeof fields->trouble, "%s: %.100s", what, value);
}

uint64_t wire_number(wire_fields *fields, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number > most) {
        wire_trouble(fields, "a number cannot be read", text);
        return 0;
    }
    return number;
}

void wire_write(FILE *stream, const char *field)
{
    fputc('\t', stream);
    for (; *field != '\0'; field++) {
        if (*field == '\t')
            fputs("\\t", stream);
        else if (*field == '\n')
            fputs("\\n", stream);
        else if (*field == '\r')
            fputs("\\x0d", stream);
        else if (*field == '\\')
            fputs("\\\\", stream);
        else
            fputc(*field, stream);
    }
}
