/* The handlers that scenarios ask for. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "proxykit.h"
#include "wire.h"

/* A handler does what its word says: it describes the request, answers with a status, fails, or holds the answer until
 * handlers_release(). */
const char *handler_word(wire_fields *fields);
void run_handler(pk_request *request, void *word);

/* Lets all go on that are held, and holds none any more. */
void handlers_release(void);
size_t handlers_held(void);

#endif
