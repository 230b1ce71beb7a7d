// The log of a manager.
#ifndef PROXYKIT_LOG_HPP
#define PROXYKIT_LOG_HPP

#include "events.hpp"

namespace proxykit {

// How much a record matters. PK_LOG_ERROR and so on say what each is for.
enum class LogLevel : std::uint32_t {
    error = PK_LOG_ERROR,
    warn = PK_LOG_WARN,
    info = PK_LOG_INFO,
    debug = PK_LOG_DEBUG,
};

// A line of the log.
struct LogRecord {
    LogLevel level = LogLevel::info;
    // What it speaks of: "health".
    std::string category;
    // What has happened, to what, and why, on one line for people.
    std::string message;
    // The event that it tells of, if it tells of one.
    std::optional<Event> event;
};

namespace detail {

inline LogRecord copy(const pk_log_record *record)
{
    const pk_event *event = pk_log_record_event(record);
    return {static_cast<LogLevel>(pk_log_record_level(record)), pk_log_record_category(record),
            pk_log_record_message(record), event == nullptr ? std::nullopt : std::optional<Event>(copy(event))};
}

} // namespace detail

// The records of a log, which Manager::log() makes. Up to 1,024 records wait in it; what comes when so many wait is lost, and a
// record of the category "log" stands in its place. It may outlive the manager.
class Log {
public:
    // Takes a log of C.
    explicit Log(pk_log *log) noexcept : taken_(log, pk_log_next, pk_log_fd, detail::copy) {}

    // Waits for the next record; none behind the last one.
    std::optional<LogRecord> next() { return taken_.next_within(PK_FOREVER); }

    // Waits for the next record for so long at most, 0 does not wait; none if none has come, and behind the last one.
    std::optional<LogRecord> next_for(std::chrono::milliseconds timeout)
    {
        return taken_.next_within(detail::to_ms(timeout));
    }

    // A descriptor for hosts that have an event loop, as that of Events.
    int fd() { return taken_.fd(); }

private:
    detail::Subscription<pk_log, pk_log_record, LogRecord> taken_;
};

} // namespace proxykit

#endif
