// Tests proxykit.hpp: that C++ gets what C has, in its own ways.
#include "tests.hpp"

#include <unistd.h>

#define TEST(name) {#name, name}

static const struct {
    const char *name;
    void (*run)();
} TESTS[] = {
    TEST(a_manager_lives_once),
    TEST(managers_can_be_moved),
    TEST(waiting_has_an_end),
    TEST(errors_have_numbers_and_names),
    TEST(fields_and_settings_arrive),
    TEST(bad_options_are_refused),
    TEST(texts_with_a_nul_are_refused),
    TEST(routes_are_changed_and_listed),
    TEST(requests_are_proxied),
    TEST(management_calls_are_answered),
    TEST(handlers_see_and_answer_requests),
    TEST(answers_may_come_later_from_elsewhere),
    TEST(a_handler_that_throws_answers_500),
    TEST(handlers_are_destroyed_once),
    TEST(events_are_taken_out),
    TEST(a_callback_hears_all_and_may_throw),
    TEST(a_log_is_kept_and_may_throw),
    TEST(records_are_taken_out),
};

int main()
{
    // A test that hangs ends the run.
    alarm(300);
    for (const auto &test : TESTS) {
        std::printf("%s\n", test.name);
        std::fflush(stdout);
        test.run();
    }
    std::printf("%zu tests of C++ passed\n", LENGTH(TESTS));
    return 0;
}
