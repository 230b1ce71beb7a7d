/* test_contract NAME runs one test, in a process that nothing has happened in yet; without a name it lists them. */
#include "contract.h"

#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(name) {#name, name}

static const struct test TESTS[] = {
    TEST(handlers_and_masks_stay),
    TEST(signals_reach_the_hosts_threads),
    TEST(a_signal_does_not_end_a_wait),
    TEST(peers_that_reset_kill_nobody),
    TEST(threads_run_from_start_to_stop),
    TEST(calls_come_from_all_threads),
    TEST(small_stacks_are_enough),
    TEST(descriptors_are_closed_on_exec),
    TEST(without_descriptors_start_fails_and_leaves_nothing),
    TEST(nothing_is_printed_or_read),
    TEST(standard_descriptors_are_not_needed),
    TEST(the_process_stays_as_it_was),
    TEST(the_host_exits_as_it_likes),
    TEST(managers_share_nothing),
    TEST(a_thousand_lives_leak_nothing),
    TEST(a_fork_before_start_is_as_good_as_new),
    TEST(a_child_gets_errors_and_harms_nobody),
    TEST(all_who_stop_are_told_the_same),
    TEST(freeing_ends_the_waiting),
    TEST(a_stop_ends_what_does_not_finish),
};

/* Seconds for a test, under valgrind too; then SIGALRM ends one that hangs. */
enum { DEADLINE = 240 };

int main(int argc, char **argv)
{
    for (size_t i = 0; i < LENGTH(TESTS); i++) {
        if (argc == 1) {
            puts(TESTS[i].name);
        } else if (strcmp(argv[1], TESTS[i].name) == 0) {
            alarm(DEADLINE);
            TESTS[i].run();
            return 0;
        }
    }
    return argc == 1 ? 0 : 2;
}
