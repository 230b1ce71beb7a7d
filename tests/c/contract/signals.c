/* Signals are the host's: no handler and no mask changes, and no thread of the library takes a signal away. */
#include "atomics.h"
#include "contract.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* Real-time signals end at 64; of those that glibc keeps for itself sigaction() knows nothing. */
enum { SIGNALS = 65 };

static struct sigaction handlers[SIGNALS];
static bool known[SIGNALS];
static sigset_t mask;
static stack_t alternative;

static void remember(void)
{
    for (int number = 1; number < SIGNALS; number++)
        known[number] = sigaction(number, NULL, &handlers[number]) == 0;
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
    CHECK(sigaltstack(NULL, &alternative) == 0);
}

static void compare(const char *step)
{
    sigset_t mask_now;
    stack_t alternative_now;
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_now) == 0);
    CHECK(sigaltstack(NULL, &alternative_now) == 0);
    if (alternative_now.ss_sp != alternative.ss_sp || alternative_now.ss_flags != alternative.ss_flags)
        fail(__FILE__, __LINE__, "the alternative stack", step);
    for (int number = 1; number < SIGNALS; number++) {
        struct sigaction now;
        if (!known[number])
            continue;
        CHECK(sigaction(number, NULL, &now) == 0);
        bool same = now.sa_handler == handlers[number].sa_handler && now.sa_flags == handlers[number].sa_flags
                    && sigismember(&mask_now, number) == sigismember(&mask, number);
        for (int other = 1; other < SIGNALS; other++)
            same = same && sigismember(&now.sa_mask, other) == sigismember(&handlers[number].sa_mask, other);
        if (!same)
            fail(__FILE__, __LINE__, "a handler or a mask", step);
    }
}

static atomic_int handled;
static atomic_int handled_elsewhere;
static pthread_t main_thread;

static void handle(int number)
{
    (void)number;
    atomic_fetch_add(pthread_equal(pthread_self(), main_thread) ? &handled : &handled_elsewhere, 1);
}

static void install(int number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    sigaddset(&action.sa_mask, SIGTERM);
    CHECK(sigaction(number, &action, NULL) == 0);
}

void handlers_and_masks_stay(void)
{
    sigset_t blocked;
    install(SIGUSR1);
    install(SIGCHLD);
    CHECK(signal(SIGHUP, SIG_IGN) != SIG_ERR);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &blocked, NULL) == 0);
    remember();
    live(compare);
}

/* The signals that a thread of this process blocks, as bits; 0 if it is none of the library's. */
static unsigned long long blocked_by(const char *thread)
{
    char path[300], line[256];
    unsigned long long bits = 0;
    bool ours = false;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *status = fopen(path, "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        ours = ours || strncmp(line, "Name:\tproxykit-", 15) == 0;
        if (strncmp(line, "SigBlk:", 7) == 0)
            bits = strtoull(line + 7, NULL, 16);
    }
    fclose(status);
    return ours ? bits : 0;
}

static int threads_that_block(unsigned long long bits)
{
    int count = 0;
    DIR *threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        if (thread->d_name[0] != '.' && (blocked_by(thread->d_name) & bits) == bits)
            count++;
    }
    closedir(threads);
    return count;
}

void signals_reach_the_hosts_threads(void)
{
    const int asynchronous[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
                                SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGIO,   SIGPROF};
    unsigned long long bits = 0;
    for (size_t i = 0; i < LENGTH(asynchronous); i++)
        bits |= 1ULL << (asynchronous[i] - 1);
    char *address = NULL;
    main_thread = pthread_self();
    install(SIGUSR1);
    pk_manager *manager = serving_manager(&address);
    /* Two workers, and the thread for control. */
    CHECK(threads_that_block(bits) == 3);
    for (int sent = 1; sent <= 200; sent++) {
        CHECK(kill(getpid(), SIGUSR1) == 0);
        WAIT_UNTIL(atomic_load(&handled) == sent);
    }
    CHECK(atomic_load(&handled_elsewhere) == 0);
    free_manager(manager);
    pk_string_free(address);
}

static atomic_int waiting;
static pk_status waited;

static void *wait_for_the_stop(void *argument)
{
    atomic_store(&waiting, 1);
    waited = pk_wait((pk_manager *)argument, PK_FOREVER, NULL);
    atomic_store(&waiting, 0);
    return NULL;
}

void a_signal_does_not_end_a_wait(void)
{
    char *address = NULL;
    pthread_t thread;
    install(SIGUSR1);
    pk_manager *manager = serving_manager(&address);
    CHECK(pthread_create(&thread, NULL, wait_for_the_stop, manager) == 0);
    WAIT_UNTIL(atomic_load(&waiting) == 1);
    for (int sent = 1; sent <= 50; sent++) {
        CHECK(pthread_kill(thread, SIGUSR1) == 0);
        WAIT_UNTIL(atomic_load(&handled_elsewhere) == sent);
        CHECK(atomic_load(&waiting) == 1);
    }
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(waited == PK_OK);
    free_manager(manager);
    pk_string_free(address);
}
