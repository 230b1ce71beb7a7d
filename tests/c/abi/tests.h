/* The tests of the C ABI, one file for each subject. */
#ifndef TESTS_H
#define TESTS_H

/* version.c */
void versions_agree(void);
void statuses_have_names(void);
void errors_of_null_are_no_errors(void);
void free_of_null_does_nothing(void);

/* arguments.c */
void null_pointers_are_refused(void);
void texts_must_be_utf8(void);
void messages_name_the_value(void);
void outputs_stay_untouched_on_error(void);
void an_error_object_is_not_needed(void);
void texts_are_read(void);

/* options.c */
void defaults_are_filled_in(void);
void options_may_be_json(void);
void older_structs_are_understood(void);
void newer_structs_are_understood(void);
void sizes_of_no_version_are_refused(void);
void values_out_of_range_are_refused(void);
void manager_options_are_read(void);

/* lists.c */
void backends_are_listed(void);
void routes_are_listed(void);
void lists_outlive_the_manager(void);
void calls_change_all_or_nothing(void);
void management_calls_are_answered(void);

/* counters.c */
void requests_are_counted(void);
void counters_are_asked_for_in_the_right_way(void);

/* lifecycle.c */
void calls_know_the_phase(void);
void certificates_are_read_again(void);
void a_taken_port_is_named(void);
void bad_addresses_are_refused(void);
void unix_sockets_are_made_and_removed(void);
void sockets_may_be_handed_in(void);
void management_has_its_own_listener(void);
void waiting_has_an_end(void);

/* events.c */
void events_are_taken_out(void);
void an_event_loop_can_wait_for_events(void);
void lost_events_are_counted(void);
void callbacks_hear_all_to_the_end(void);
void userdata_is_finalised_once(void);
void events_of_null_are_no_events(void);

/* log.c */
void records_are_written(void);
void logs_are_asked_for_in_the_right_way(void);
void records_are_taken_out(void);
void logs_are_opened_in_the_right_way(void);

/* traffic.c */
void requests_are_proxied(void);
void a_stop_counts_what_it_cut_off(void);
void threads_change_backends_at_once(void);

/* handlers.c */
void handlers_see_and_answer_requests(void);
void answers_may_come_later(void);
void late_handlers_hear_of_it(void);
void bad_answers_may_be_mended(void);
void handlers_may_call_the_library(void);
void userdata_of_handlers_is_finalised_once(void);
void routes_of_handlers_are_listed(void);
void a_handler_that_hangs_is_left_behind(void);
void threads_of_handlers_end_with_the_stop(void);
void requests_of_null_are_no_requests(void);

#endif
