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

inline std::vector<Backend> copy(const pk_backends *list)
{
    std::vector<Backend> copies;
    const std::size_t count = pk_backends_len(list);
    copies.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        pk_backend backend{};
        backend.struct_size = sizeof backend;
        call(pk_backends_get, list, i, &backend);
        copies.push_back({backend.target, backend.healthy, backend.in_flight, backend.load});
    }
    return copies;
}

inline std::vector<Route> copy(const pk_routes *list)
{
    std::vector<Route> copies;
    const std::size_t count = pk_routes_len(list);
    copies.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        pk_route route{};
        route.struct_size = sizeof route;
        call(pk_routes_get, list, i, &route);
        copies.push_back({route.prefix, static_cast<Balancer>(route.balancer), copy(route.backends), route.is_handler});
    }
    return copies;
}

inline std::optional<std::string> copy(const char *text)
{
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

} // namespace detail
} // namespace proxykit

#endif
