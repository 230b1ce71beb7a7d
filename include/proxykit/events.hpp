// What happens in a manager.
#ifndef PROXYKIT_EVENTS_HPP
#define PROXYKIT_EVENTS_HPP

#include "lists.hpp"
#include "options.hpp"

namespace proxykit {

// What has happened. Later versions may have more kinds: pass over those that have no name here.
enum class EventKind : std::uint32_t {
    started = PK_EVENT_STARTED,
    stopped = PK_EVENT_STOPPED,
    route_added = PK_EVENT_ROUTE_ADDED,
    route_removed = PK_EVENT_ROUTE_REMOVED,
    backend_added = PK_EVENT_BACKEND_ADDED,
    backend_removed = PK_EVENT_BACKEND_REMOVED,
    backend_healthy = PK_EVENT_BACKEND_HEALTHY,
    backend_unhealthy = PK_EVENT_BACKEND_UNHEALTHY,
    certificates_reloaded = PK_EVENT_CERTIFICATES_RELOADED,
    certificates_refused = PK_EVENT_CERTIFICATES_REFUSED,
    events_lost = PK_EVENT_EVENTS_LOST,
};

// Something that has happened. docs/events.md says which kind has what.
struct Event {
    EventKind kind = EventKind::started;
    // The name of the kind, the same in every language: "route_added".
    std::string name;
    // The route that it happened to, or to a backend of which.
    std::optional<std::string> prefix;
    // The backend that it happened to.
    std::optional<std::string> target;
    // Where connections are accepted.
    std::optional<std::string> address;
    // Why it has happened, in words for people.
    std::optional<std::string> message;
    // How many.
    std::uint64_t count = 0;
};

namespace detail {

inline Event copy(const pk_event *event)
{
    return {static_cast<EventKind>(pk_event_kind(event)),
            pk_event_name(event),
            copy(pk_event_prefix(event)),
            copy(pk_event_target(event)),
            copy(pk_event_address(event)),
            copy(pk_event_message(event)),
            pk_event_count(event)};
}

// Takes out what waits in a subscription of C, with the functions of its kind.
template <typename Native, typename NativeValue, typename Value>
class Subscription {
public:
    using Next = pk_status (*)(Native *, std::uint64_t, NativeValue **, pk_error **);
    using Fd = pk_status (*)(Native *, int *, pk_error **);
    using Copy = Value (*)(const NativeValue *);

    Subscription(Native *native, Next take, Fd show, Copy copy_of) noexcept
        : native_(native), next_(take), fd_(show), copy_(copy_of)
    {
    }

    std::optional<Value> next_within(std::uint64_t timeout_ms)
    {
        NativeValue *value = nullptr;
        pk_error *error = nullptr;
        const pk_status status = next_(native_.get(), timeout_ms, &value, &error);
        const Owned<pk_error> owned_error(error);
        const Owned<NativeValue> owned(value);
        if (status == PK_ERR_TIMED_OUT || status == PK_ERR_STOPPED)
            return std::nullopt;
        if (status != PK_OK)
            throw Error(status, pk_error_message(error));
        return copy_(value);
    }

    int fd()
    {
        int shown = -1;
        call(fd_, native_.get(), &shown);
        return shown;
    }

private:
    Owned<Native> native_;
    Next next_;
    Fd fd_;
    Copy copy_;
};

} // namespace detail

// A subscription, which Manager::events() makes. Up to 1,024 events wait in it; what comes when so many wait is lost, and
// EventKind::events_lost stands in its place. It may outlive the manager.
class Events {
public:
    // Takes a subscription of C.
    explicit Events(pk_events *events) noexcept : taken_(events, pk_events_next, pk_events_fd, detail::copy) {}

    // Waits for the next event; none behind the last one, EventKind::stopped.
    std::optional<Event> next() { return taken_.next_within(PK_FOREVER); }

    // Waits for the next event for so long at most, 0 does not wait; none if none has come, and behind the last one.
    std::optional<Event> next_for(std::chrono::milliseconds timeout) { return taken_.next_within(detail::to_ms(timeout)); }

    // A descriptor for hosts that have an event loop: it is readable as long as next() would return at once, behind the last
    // event for ever. It belongs to the subscription. Only look at it.
    int fd() { return taken_.fd(); }

private:
    detail::Subscription<pk_events, pk_event, Event> taken_;
};

} // namespace proxykit

#endif
