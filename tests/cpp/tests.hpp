// The tests of proxykit.hpp, one file for each subject.
#pragma once

#include "check.h"
#include "peer.h"

#include <proxykit.hpp>

#include <memory>
#include <string>
#include <string_view>

// Ends the run unless the call throws an Error with this number, and a message that has `part` in it.
#define THROWS(expected, part, call) \
    do { \
        pk_status thrown_ = PK_OK; \
        std::string what_; \
        try { \
            static_cast<void>(call); \
        } catch (const proxykit::Error &error) { \
            thrown_ = error.code(); \
            what_ = error.what(); \
        } \
        CHECK_TEXT(pk_status_name(expected), pk_status_name(thrown_)); \
        CHECK(what_.find(part) != std::string::npos); \
    } while (0)

struct Stop {
    void operator()(backend *server) const { backend_stop(server); }
};
using Server = std::unique_ptr<backend, Stop>;

// A manager with two workers that serves on a free port.
inline proxykit::Manager serving()
{
    proxykit::ManagerOptions options;
    options.workers = 2;
    proxykit::Manager manager(options);
    manager.start("127.0.0.1:0");
    return manager;
}

// The answer's body, behind its status: "200 pong".
inline std::string get(const proxykit::Manager &manager, const char *path)
{
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> body(client_get(manager.address().c_str(), path, &status), std::free);
    return std::to_string(status) + ' ' + body.get();
}

// lifecycle.cpp
void a_manager_lives_once();
void managers_can_be_moved();
void waiting_has_an_end();
void errors_have_numbers_and_names();

// options.cpp
void fields_and_settings_arrive();
void bad_options_are_refused();
void texts_with_a_nul_are_refused();

// routes.cpp
void routes_are_changed_and_listed();
void requests_are_proxied();
void management_calls_are_answered();

// handlers.cpp
void handlers_see_and_answer_requests();
void answers_may_come_later_from_elsewhere();
void a_handler_that_throws_answers_500();
void handlers_are_destroyed_once();

// events.cpp
void events_are_taken_out();
void a_callback_hears_all_and_may_throw();

// log.cpp
void a_log_is_kept_and_may_throw();
void records_are_taken_out();
