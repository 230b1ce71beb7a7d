/* Tests the contract of the C ABI: what the header promises for each call. */
#include "calls.h"
#include "tests.h"

#include <unistd.h>

#define TEST(name) {#name, name}

static const struct {
    const char *name;
    void (*run)(void);
} TESTS[] = {
    TEST(versions_agree),
    TEST(statuses_have_names),
    TEST(errors_of_null_are_no_errors),
    TEST(free_of_null_does_nothing),
    TEST(null_pointers_are_refused),
    TEST(texts_must_be_utf8),
    TEST(messages_name_the_value),
    TEST(outputs_stay_untouched_on_error),
    TEST(an_error_object_is_not_needed),
    TEST(texts_are_read),
    TEST(defaults_are_filled_in),
    TEST(options_may_be_json),
    TEST(older_structs_are_understood),
    TEST(newer_structs_are_understood),
    TEST(sizes_of_no_version_are_refused),
    TEST(values_out_of_range_are_refused),
    TEST(manager_options_are_read),
    TEST(backends_are_listed),
    TEST(routes_are_listed),
    TEST(lists_outlive_the_manager),
    TEST(calls_change_all_or_nothing),
    TEST(management_calls_are_answered),
    TEST(requests_are_counted),
    TEST(counters_are_asked_for_in_the_right_way),
    TEST(calls_know_the_phase),
    TEST(certificates_are_read_again),
    TEST(a_taken_port_is_named),
    TEST(bad_addresses_are_refused),
    TEST(unix_sockets_are_made_and_removed),
    TEST(sockets_may_be_handed_in),
    TEST(management_has_its_own_listener),
    TEST(waiting_has_an_end),
    TEST(events_are_taken_out),
    TEST(an_event_loop_can_wait_for_events),
    TEST(lost_events_are_counted),
    TEST(callbacks_hear_all_to_the_end),
    TEST(userdata_is_finalised_once),
    TEST(events_of_null_are_no_events),
    TEST(records_are_written),
    TEST(logs_are_asked_for_in_the_right_way),
    TEST(records_are_taken_out),
    TEST(logs_are_opened_in_the_right_way),
    TEST(requests_are_proxied),
    TEST(a_stop_counts_what_it_cut_off),
    TEST(threads_change_backends_at_once),
    TEST(handlers_see_and_answer_requests),
    TEST(answers_may_come_later),
    TEST(late_handlers_hear_of_it),
    TEST(bad_answers_may_be_mended),
    TEST(handlers_may_call_the_library),
    TEST(userdata_of_handlers_is_finalised_once),
    TEST(routes_of_handlers_are_listed),
    TEST(threads_of_handlers_end_with_the_stop),
    TEST(a_handler_that_hangs_is_left_behind),
    TEST(requests_of_null_are_no_requests),
};

/* Seconds for all tests, under valgrind too; then SIGALRM ends a run that hangs. */
enum { DEADLINE = 300 };

int main(void)
{
    alarm(DEADLINE);
    for (size_t i = 0; i < LENGTH(TESTS); i++) {
        printf("%s\n", TESTS[i].name);
        fflush(stdout);
        TESTS[i].run();
    }
    printf("%zu passed, 0 failed\n", LENGTH(TESTS));
    return 0;
}
