// The log of a manager.
#ifndef PROXYKIT_LOG_HPP
#define PROXYKIT_LOG_HPP

#include "error.hpp"

#include <cstdint>
#include <string_view>

namespace proxykit {

// How much a record matters. PK_LOG_ERROR and so on say what each is for.
enum class LogLevel : std::uint32_t {
    error = PK_LOG_ERROR,
    warn = PK_LOG_WARN,
    info = PK_LOG_INFO,
    debug = PK_LOG_DEBUG,
};

// A line of the log. The texts last as long as the call that gives it.
struct LogRecord {
    LogLevel level;
    // What it speaks of: "health".
    std::string_view category;
    // What has happened, to what, and why, on one line for people.
    std::string_view message;
};

} // namespace proxykit

#endif
