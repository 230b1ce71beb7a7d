// The manager: its routes, its listeners, its threads.
#ifndef PROXYKIT_MANAGER_HPP
#define PROXYKIT_MANAGER_HPP

#include "events.hpp"
#include "log.hpp"
#include "request.hpp"

namespace proxykit {

// A reverse proxy inside this process, which may have many. Threads exist from start() to stop() only.
//
// The destructor stops it at once, as stop(0ms) does; calls that wait in other threads return. It must not run on one of the
// manager's own threads (in a handler, or a callback): the manager goes on then, and nothing is freed; nor is it
// in a child made by fork() after start(). A manager that was moved from answers PK_ERR_NULL_POINTER to each call.
class Manager {
public:
    explicit Manager(const ManagerOptions &options = {})
        : manager_(detail::make<pk_manager>(pk_manager_new, detail::passed(options).get()))
    {
    }

    // --- routes and backends: any time, also while serving ---

    // Adds a route with its first backends.
    void add_route(std::string_view prefix, const Texts &targets, const RouteOptions &options = {})
    {
        const detail::Text text(prefix);
        const auto passed = detail::passed(options);
        detail::call(pk_add_route, get(), text.get(), targets.data(), targets.size(), passed.get());
    }

    // Adds a route whose requests the host answers itself, on threads of the library's: handler is called with a
    // proxykit::Request, by many threads at once, and so as a const object. When the route is gone and no call runs any more,
    // it is destroyed.
    //
    // An exception that leaves it goes no further: if the request is not answered and was not moved elsewhere, the client
    // gets 500.
    template <typename Handler>
    void handle(std::string_view prefix, const HandlerOptions &options, Handler &&handler)
    {
        using Kept = std::decay_t<Handler>;
        static_assert(std::is_invocable_v<const Kept &, Request>,
                      "a handler is called with a proxykit::Request, and is no mutable lambda: many calls run at once");
        const detail::Text text(prefix);
        const auto passed = detail::passed(options);
        auto kept = std::make_unique<const Kept>(std::forward<Handler>(handler));
        // The library owns it from here on, also if the call fails.
        detail::call(pk_handle, get(), text.get(), passed.get(), &answer<Kept>, give(kept.release()),
                     &destroy<const Kept>);
    }

    template <typename Handler>
    void handle(std::string_view prefix, Handler &&handler)
    {
        handle(prefix, HandlerOptions(), std::forward<Handler>(handler));
    }

    // Removes a route with its backends. Requests in flight finish.
    void remove_route(std::string_view prefix) { detail::call(pk_remove_route, get(), detail::Text(prefix).get()); }

    // All routes with their backends, in the order of their prefixes.
    std::vector<Route> routes() const { return detail::copy(detail::make<pk_routes>(pk_list_routes, get()).get()); }

    // Adds backends to a route, and says how many it did not have yet. They are checked as the route's.
    std::size_t add_backends(std::string_view prefix, const Texts &targets)
    {
        return add_checked(prefix, targets, nullptr);
    }

    // Adds backends that are checked in a way of their own.
    std::size_t add_backends(std::string_view prefix, const Texts &targets, const HealthCheck &check)
    {
        return add_checked(prefix, targets, detail::passed(check).get());
    }

    // Removes backends from a route, and says how many of them it had.
    std::size_t remove_backends(std::string_view prefix, const Texts &targets)
    {
        std::size_t removed = 0;
        detail::call(pk_remove_backends, get(), detail::Text(prefix).get(), targets.data(), targets.size(), &removed);
        return removed;
    }

    // The backends of a route, in the order in which they were added.
    std::vector<Backend> list_backends(std::string_view prefix) const
    {
        return detail::copy(detail::make<pk_backends>(pk_list_backends, get(), detail::Text(prefix).get()).get());
    }

    // One backend of a route.
    Backend get_backend(std::string_view prefix, std::string_view target) const
    {
        const detail::Text route(prefix), text(target);
        return detail::copy(detail::make<pk_backends>(pk_get_backend, get(), route.get(), text.get()).get()).at(0);
    }

    // What was counted in all since the manager was made. Calls of the management API are not among it.
    Totals totals() const
    {
        pk_counters counters{};
        pk_connections connections{};
        counters.struct_size = sizeof counters;
        connections.struct_size = sizeof connections;
        detail::call(pk_get_totals, get(), &counters, &connections);
        return {detail::copy(counters), {connections.open, connections.accepted, connections.refused}};
    }

    // Reports how loaded a backend is, for routes with the balancer least_load: any figure from 0 up, in a unit of the host's
    // own. It stays until the next report; until the first it is 1.
    void report_load(std::string_view prefix, std::string_view target, double load)
    {
        const detail::Text route(prefix), text(target);
        detail::call(pk_backend_report, get(), route.get(), text.get(), load);
    }

    // Answers one call of the management API, for hosts that serve it themselves and decide who may call.
    Reply manage(std::string_view method, std::string_view target, std::string_view body = {})
    {
        const detail::Text verb(method), path(target);
        const void *bytes = body.data();
        const auto reply = detail::make<pk_reply>(pk_manage, get(), verb.get(), path.get(),
                                                  static_cast<const std::uint8_t *>(bytes), body.size());
        return {pk_reply_status(reply.get()), pk_reply_body(reply.get()), detail::copy(pk_reply_allow(reply.get()))};
    }

    // Reads the files of certificates and keys again.
    void reload_certificates() { detail::call(pk_manager_reload_certificates, get()); }

    // --- what happens ---

    // Subscribes to what happens from here on.
    Events events() { return Events(detail::make<pk_events>(pk_events_open, get()).release()); }

    // Has callback called with each event from here on, a const proxykit::Event &, on a thread of its own, one call after
    // the other. It is destroyed behind the last call.
    //
    // An exception that leaves it is dropped, and it is called with the next event all the same.
    template <typename Callback>
    void on_event(Callback &&callback)
    {
        using Kept = std::decay_t<Callback>;
        static_assert(std::is_invocable_v<Kept &, const Event &>, "a callback is called with a const proxykit::Event &");
        auto kept = std::make_unique<Kept>(std::forward<Callback>(callback));
        detail::call(pk_on_event, get(), &hear<Kept>, give(kept.release()), &destroy<Kept>);
    }

    // Subscribes to the records of the log from here on, of this level and those that matter more.
    Log log(LogLevel level)
    {
        return Log(detail::make<pk_log>(pk_log_open, get(), static_cast<std::uint32_t>(level)).release());
    }

    // Has callback called with each record of the log from here on, a const proxykit::LogRecord &, of this level and those that
    // matter more. All else is as in on_event().
    template <typename Callback>
    void on_log(LogLevel level, Callback &&callback)
    {
        using Kept = std::decay_t<Callback>;
        static_assert(std::is_invocable_v<Kept &, const LogRecord &>,
                      "a callback is called with a const proxykit::LogRecord &");
        auto kept = std::make_unique<Kept>(std::forward<Callback>(callback));
        detail::call(pk_on_log, get(), static_cast<std::uint32_t>(level), &write<Kept>, give(kept.release()),
                     &destroy<Kept>);
    }

    // --- life cycle ---

    // Starts the threads and accepts connections at "HOST:PORT" (port 0 for a free one, see address()), "unix:PATH", "fd:N" or
    // "systemd". Returns when connections are accepted. A manager is started once.
    void start(std::string_view listen) { detail::call(pk_start, get(), detail::Text(listen).get()); }

    // Starts the threads alone: health checks, and a management listener of its own.
    void start_without_listener() { detail::call(pk_start, get(), nullptr); }

    // Starts and waits until another thread stops the manager.
    void serve(std::string_view listen) { detail::call(pk_serve, get(), detail::Text(listen).get()); }

    // Where connections are accepted, with the port that was given.
    std::string address() const { return detail::make<char>(pk_address, get()).get(); }

    // Where the management API has a listener of its own.
    std::string management_address() const { return detail::make<char>(pk_management_address, get()).get(); }

    // Waits until the manager is stopped.
    void wait() const { detail::call(pk_wait, get(), PK_FOREVER); }

    // Waits for so long at most; whether the manager is stopped.
    bool wait_for(std::chrono::milliseconds timeout) const
    {
        return detail::call_unless(PK_ERR_TIMED_OUT, pk_wait, get(), detail::to_ms(timeout));
    }

    // Accepts no more connections, lets requests and tunnels finish for so long, closes the rest, joins the threads, and says
    // how many were closed. Any number of times, from any thread but the manager's own; the earliest deadline counts.
    std::size_t stop(std::chrono::milliseconds deadline)
    {
        std::size_t cut_off = 0;
        detail::call(pk_stop, get(), detail::to_ms(deadline), &cut_off);
        return cut_off;
    }

    // The manager of C, which stays this one's.
    pk_manager *get() const noexcept { return manager_.get(); }

private:
    template <typename Kept>
    static void answer(pk_request *request, void *userdata) noexcept
    {
        Request owned(request);
        try {
            (*static_cast<const Kept *>(userdata))(std::move(owned));
        } catch (...) {
            // The request that nobody has answered says so to the client, when it is destroyed.
        }
    }

    template <typename Kept>
    static void hear(const pk_event *event, void *userdata) noexcept
    {
        try {
            const Event heard = detail::copy(event);
            (*static_cast<Kept *>(userdata))(heard);
        } catch (...) {
            // Nobody is there to catch it: the thread is the library's, which knows no exceptions.
        }
    }

    template <typename Kept>
    static void write(const pk_log_record *record, void *userdata) noexcept
    {
        try {
            const LogRecord written = detail::copy(record);
            (*static_cast<Kept *>(userdata))(written);
        } catch (...) {
            // As above.
        }
    }

    template <typename Kept>
    static void destroy(void *userdata) noexcept
    {
        delete static_cast<Kept *>(userdata);
    }

    template <typename Kept>
    static void *give(Kept *kept) noexcept
    {
        return const_cast<std::remove_const_t<Kept> *>(kept);
    }

    std::size_t add_checked(std::string_view prefix, const Texts &targets, const pk_health_check *check)
    {
        std::size_t added = 0;
        detail::call(pk_add_backends, get(), detail::Text(prefix).get(), targets.data(), targets.size(), check, &added);
        return added;
    }

    detail::Owned<pk_manager> manager_;
};

} // namespace proxykit

#endif
