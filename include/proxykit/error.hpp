// Errors, and how the functions of C are called: their errors are thrown, and what they give is owned.
#ifndef PROXYKIT_ERROR_HPP
#define PROXYKIT_ERROR_HPP

#include "../proxykit.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace proxykit {

// What went wrong in a call, which has changed nothing; what() says it in a sentence that names the value.
class Error : public std::runtime_error {
public:
    Error(pk_status code, const std::string &message) : std::runtime_error(message), code_(code) {}

    // Its number: PK_ERR_ROUTE_EXISTS.
    pk_status code() const noexcept { return code_; }

    // Its name, the same in every language: "route_exists". The text lasts as long as the library is loaded.
    const char *name() const noexcept { return pk_status_name(code_); }

private:
    pk_status code_;
};

// The version of the library that runs: "0.1.0". The text lasts as long as the library is loaded.
inline std::string_view version() noexcept
{
    return pk_version();
}

namespace detail {

struct Free {
    // In a child made by fork(), and on a thread of the manager's own, it is left alone: a destructor has no way to say so.
    void operator()(pk_manager *manager) const noexcept { static_cast<void>(pk_manager_free(manager)); }
    void operator()(pk_error *error) const noexcept { pk_error_free(error); }
    void operator()(pk_routes *routes) const noexcept { pk_routes_free(routes); }
    void operator()(pk_backends *backends) const noexcept { pk_backends_free(backends); }
    void operator()(pk_reply *reply) const noexcept { pk_reply_free(reply); }
    void operator()(pk_request *request) const noexcept { pk_request_free(request); }
    void operator()(pk_event *event) const noexcept { pk_event_free(event); }
    void operator()(pk_events *events) const noexcept { pk_events_free(events); }
    void operator()(pk_log *log) const noexcept { pk_log_free(log); }
    void operator()(pk_log_record *record) const noexcept { pk_log_record_free(record); }
    void operator()(char *text) const noexcept { pk_string_free(text); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

// Calls a function without its last parameter, the place for an error. The error is thrown, unless it is the excused one;
// false then.
template <typename Function, typename... Arguments>
bool call_unless(pk_status excused, Function function, Arguments... arguments)
{
    pk_error *error = nullptr;
    const pk_status status = function(arguments..., &error);
    const Owned<pk_error> owned(error);
    if (status != PK_OK && status != excused)
        throw Error(status, pk_error_message(error));
    return status == PK_OK;
}

template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments)
{
    call_unless(PK_OK, function, arguments...);
}

// Calls a function that gives an object in the place before that of the error.
template <typename T, typename Function, typename... Arguments>
Owned<T> make(Function function, Arguments... arguments)
{
    T *made = nullptr;
    call(function, arguments..., &made);
    return Owned<T>(made);
}

// A text with a NUL at its end, and none before it, where C would end it in silence.
inline const char *c_text(const std::string &text)
{
    if (text.find('\0') != std::string::npos)
        throw Error(PK_ERR_INVALID_ARGUMENT, "a NUL within a text");
    return text.c_str();
}

// A text as C takes it, for one call.
class Text {
public:
    explicit Text(std::string_view text) : text_(text) { c_text(text_); }
    const char *get() const noexcept { return text_.c_str(); }

private:
    std::string text_;
};

} // namespace detail

// Reads a prefix without adding a route, and gives its normal form: "/x/" for "x".
inline std::string parse_prefix(std::string_view text)
{
    return detail::make<char>(pk_parse_prefix, detail::Text(text).get()).get();
}

// Reads a target without adding a backend, and gives its normal form.
inline std::string parse_target(std::string_view text)
{
    return detail::make<char>(pk_parse_target, detail::Text(text).get()).get();
}

} // namespace proxykit

#endif
