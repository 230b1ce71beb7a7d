#include "handlers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static size_t held;
static bool is_open;

void handlers_release(void)
{
    pthread_mutex_lock(&mutex);
    is_open = true;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&mutex);
}

size_t handlers_held(void)
{
    pthread_mutex_lock(&mutex);
    size_t count = held;
    pthread_mutex_unlock(&mutex);
    return count;
}

static void hold(void)
{
    pthread_mutex_lock(&mutex);
    held++;
    while (!is_open)
        pthread_cond_wait(&opened, &mutex);
    held--;
    pthread_mutex_unlock(&mutex);
}

/* A refusal says that nobody waits for the answer any more. */
static void respond(pk_request *request, uint32_t status, const char *body, size_t len)
{
    pk_header type = {"content-type", "text/plain"};
    (void)pk_respond(request, status, &type, 1, (const uint8_t *)body, len, NULL);
}

static void describe(pk_request *request)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    if (stream == NULL)
        abort();
    fprintf(stream, "%s %s\n", pk_request_method(request), pk_request_target(request));
    fwrite(pk_request_body(request), 1, pk_request_body_len(request), stream);
    fclose(stream);
    respond(request, 200, text, len);
    free(text);
}

void run_handler(pk_request *request, void *userdata)
{
    const char *word = (const char *)userdata;
    if (strcmp(word, "describe") == 0) {
        describe(request);
    } else if (strcmp(word, "hold") == 0) {
        hold();
        respond(request, 200, "released", strlen("released"));
    } else if (strcmp(word, "fail") != 0) {
        respond(request, (uint32_t)strtoul(word, NULL, 10), "", 0);
    }
    pk_request_free(request);
}

const char *handler_word(wire_fields *fields)
{
    const char *word = wire_next(fields);
    if (strcmp(word, "describe") != 0 && strcmp(word, "hold") != 0 && strcmp(word, "fail") != 0)
        wire_number(fields, word, 599);
    return word;
}
