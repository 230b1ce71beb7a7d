/* The promises of docs/embedding.md, one file for each; and what their tests share. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "calls.h"
#include "peer.h"

/* A manager that serves a backend under "/x/", and has a route "/down/" to one that refuses connections. */
struct guest {
    backend *server;
    pk_manager *manager;
    char *address;
};

void guest_start(struct guest *guest);
/* Requests that succeed, and requests that fail in each of the usual ways. */
void guest_serve(const struct guest *guest);
void guest_stop(struct guest *guest);

/* A whole life with traffic, errors and calls that are refused. After each step it calls `look` with the step's name. */
void live(void (*look)(const char *step));

/* How many entries a folder of /proc/self has. */
int count_entries(const char *folder);
int count_threads(void);
int count_descriptors(void);

/* The number that the environment gives under this name, for runs that cannot take as long. */
int setting(const char *name, int usual);
/* Whether valgrind or a sanitizer looks at each byte of memory, as the environment tells. */
bool is_watched(void);

/* Runs `body` in a child process and gives how it ended, as waitpid() does; SIGALRM ends one that hangs. */
int run_in_child(void (*body)(void));

/* cycles.c */
void a_thousand_lives_leak_nothing(void);

/* descriptors.c */
void descriptors_are_closed_on_exec(void);
void without_descriptors_start_fails_and_leaves_nothing(void);

/* environment.c */
void the_process_stays_as_it_was(void);

/* exit.c */
void the_host_exits_as_it_likes(void);

/* fork.c */
void a_fork_before_start_is_as_good_as_new(void);
void a_child_gets_errors_and_harms_nobody(void);

/* managers.c */
void managers_share_nothing(void);

/* output.c */
void nothing_is_printed_or_read(void);
void standard_descriptors_are_not_needed(void);

/* signals.c */
void handlers_and_masks_stay(void);
void signals_reach_the_hosts_threads(void);
void a_signal_does_not_end_a_wait(void);

/* sigpipe.c */
void peers_that_reset_kill_nobody(void);

/* stacks.c */
void small_stacks_are_enough(void);

/* stopping.c */
void all_who_stop_are_told_the_same(void);
void freeing_ends_the_waiting(void);
void a_stop_ends_what_does_not_finish(void);

/* threads.c */
void threads_run_from_start_to_stop(void);
void calls_come_from_all_threads(void);

#endif
