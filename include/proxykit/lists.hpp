// Routes, backends and replies: copies, which do not change and outlive the manager; and the lists of texts that go in.
#ifndef PROXYKIT_LISTS_HPP
#define PROXYKIT_LISTS_HPP

#include "error.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace proxykit {

// How a backend is picked.
enum class Balancer : std::uint32_t {
    round_robin = PK_BALANCER_ROUND_ROBIN,
    least_connections = PK_BALANCER_LEAST_CONNECTIONS,
    ip_hash = PK_BALANCER_IP_HASH,
    least_load = PK_BALANCER_LEAST_LOAD,
};

// What was counted since the beginning: of a backend since it was added, of a route the same, of the manager since it was
// made. None of them ever gets smaller. pk_counters says what each is.
struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t responses_2xx = 0;
    std::uint64_t responses_3xx = 0;
    std::uint64_t responses_4xx = 0;
    std::uint64_t responses_5xx = 0;
    std::uint64_t connect_failures = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t broken_responses = 0;
    std::uint64_t retries = 0;
};

// The connections of clients to the proxy.
struct Connections {
    std::uint64_t open = 0;
    std::uint64_t accepted = 0;
    // Closed at once, for connection_limit or client_connection_limit.
    std::uint64_t refused = 0;
};

// What was counted in the manager as a whole.
struct Totals {
    Counters counters;
    Connections connections;
};

// A backend as it was at the moment of asking.
struct Backend {
    // In its normal form.
    std::string target;
    // What its checks say.
    bool healthy = true;
    // How many requests and tunnels are in flight to it.
    std::size_t in_flight = 0;
    // What was reported of its load: 1 until then.
    double load = 1;
    Counters counters;
};

// A route as it was at the moment of asking.
struct Route {
    // In its normal form.
    std::string prefix;
    Balancer balancer = Balancer::round_robin;
    // In the order in which they were added.
    std::vector<Backend> backends;
    // Whether the host answers its requests itself; it has no backends then.
    bool is_handler = false;
    // Also those of backends that it has no more.
    Counters counters;
};

// The answer of the management API.
struct Reply {
    // The HTTP status.
    std::uint32_t status = 0;
    // A JSON text.
    std::string body;
    // What belongs in the answer's header Allow, if the status is 405.
    std::optional<std::string> allow;
};

// Texts that go in: {"a", "b"}, or anything that can be iterated and whose elements are texts.
class Texts {
public:
    Texts(std::initializer_list<std::string_view> texts) : texts_(texts.begin(), texts.end()) { point(); }

    template <typename Range,
              typename = std::enable_if_t<
                  std::is_convertible_v<decltype(*std::begin(std::declval<const Range &>())), std::string_view>>>
    Texts(const Range &texts)
    {
        for (const auto &text : texts)
            texts_.emplace_back(std::string_view(text));
        point();
    }

    // They point into themselves.
    Texts(const Texts &) = delete;
    Texts &operator=(const Texts &) = delete;

    const char *const *data() const noexcept { return pointers_.data(); }
    std::size_t size() const noexcept { return pointers_.size(); }

private:
    void point()
    {
        for (const std::string &text : texts_)
            pointers_.push_back(detail::c_text(text));
    }

    std::vector<std::string> texts_;
    std::vector<const char *> pointers_;
};

namespace detail {

inline Counters copy(const pk_counters &counters)
{
    return {counters.requests,      counters.responses_2xx,    counters.responses_3xx,
            counters.responses_4xx, counters.responses_5xx,    counters.connect_failures,
            counters.timeouts,      counters.broken_responses, counters.retries};
}

// Fills in a struct that says how long it is.
template <typename T, typename Function, typename... Arguments>
T filled(Function function, Arguments... arguments)
{
    T made{};
    made.struct_size = sizeof made;
    call(function, arguments..., &made);
    return made;
}

// Makes a copy of each entry of a list.
template <typename T, typename List, typename Copy>
std::vector<T> copy_each(const List *list, std::size_t count, Copy copy_entry)
{
    std::vector<T> copies;
    copies.reserve(count);
    for (std::size_t i = 0; i < count; i++)
        copies.push_back(copy_entry(list, i));
    return copies;
}

inline std::vector<Backend> copy(const pk_backends *list)
{
    return copy_each<Backend>(list, pk_backends_len(list), [](const pk_backends *backends, std::size_t i) {
        const auto backend = filled<pk_backend>(pk_backends_get, backends, i);
        const auto counters = filled<pk_counters>(pk_backends_counters, backends, i);
        return Backend{backend.target, backend.healthy, backend.in_flight, backend.load, copy(counters)};
    });
}

inline std::vector<Route> copy(const pk_routes *list)
{
    return copy_each<Route>(list, pk_routes_len(list), [](const pk_routes *routes, std::size_t i) {
        const auto route = filled<pk_route>(pk_routes_get, routes, i);
        const auto counters = filled<pk_counters>(pk_routes_counters, routes, i);
        return Route{route.prefix, static_cast<Balancer>(route.balancer), copy(route.backends), route.is_handler,
                     copy(counters)};
    });
}

inline std::optional<std::string> copy(const char *text)
{
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

} // namespace detail
} // namespace proxykit

#endif
