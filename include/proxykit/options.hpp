// What managers, routes, checks and handlers may be told. What is not set is as the library has it by default; docs/options.md
// lists all options. Those that have no field are given by their name, and count instead of a field:
//
//     proxykit::RouteOptions options;
//     options.health_interval = 1s;
//     options.set("request_timeout", 30s).set("backend_request_limit", 100);
#ifndef PROXYKIT_OPTIONS_HPP
#define PROXYKIT_OPTIONS_HPP

#include "lists.hpp"

#include <algorithm>
#include <chrono>

namespace proxykit {

// Whose name the backend sees in Host.
enum class HostHeader : std::uint32_t {
    client = PK_HOST_HEADER_CLIENT,
    backend = PK_HOST_HEADER_BACKEND,
};

// Options by their names. Self is the struct that has them.
template <typename Self>
class Settings {
public:
    // All options as one JSON object: {"idle_timeout": "30s"}. They count instead of the fields, and those that are set by
    // name instead of them.
    std::optional<std::string> json;

    // Sets an option. The value is a text as docs/options.md says, a time, a switch, or a whole number. That the name and
    // the value are good is seen when the options are used.
    template <typename Value>
    Self &set(std::string_view name, const Value &value)
    {
        settings_.push_back(std::string(name) + '=' + written(value));
        return static_cast<Self &>(*this);
    }

    // What was set by name, each written "NAME=VALUE".
    const std::vector<std::string> &settings() const noexcept { return settings_; }

private:
    template <typename Value>
    static std::string written(const Value &value)
    {
        if constexpr (std::is_convertible_v<const Value &, std::string_view>)
            return std::string(std::string_view(value));
        else if constexpr (std::is_same_v<Value, bool>)
            return value ? "true" : "false";
        else if constexpr (std::is_convertible_v<Value, std::chrono::milliseconds>)
            return std::to_string(std::chrono::milliseconds(value).count()) + "ms";
        else {
            static_assert(std::is_integral_v<Value>, "an option's value is a text, a time of whole milliseconds, a bool or "
                                                     "a whole number; others are written as texts");
            return std::to_string(value);
        }
    }

    std::vector<std::string> settings_;
};

// How backends are checked: by opening a TCP connection to them.
struct HealthCheck {
    // Between two probes. Default: 5 s.
    std::optional<std::chrono::milliseconds> health_interval;
    // What a probe may take. Default: 2 s.
    std::optional<std::chrono::milliseconds> health_timeout;
    // How many probes in a row must succeed before an unhealthy backend is healthy. Default: 1.
    std::optional<std::uint32_t> health_rise;
    // How many probes in a row must fail before a healthy backend is unhealthy. Default: 1.
    std::optional<std::uint32_t> health_fall;
    // The share of the interval by which each wait is shortened or lengthened at random, 0 to 1. Default: 0.1.
    std::optional<double> health_jitter;
};

struct ManagerOptions : Settings<ManagerOptions> {
    // How many worker threads serve requests, 0 for one for each core. Default: 0.
    std::optional<std::uint32_t> workers;
    // Where the management API is served: "same", "off", "HOST:PORT" or "unix:PATH". Default: "same".
    std::optional<std::string> management;
    // The token that callers of the management API must give. Default: none.
    std::optional<std::string> management_token;
    // Names that the management API answers to in Host beside the loopback names, when it has no token. Default: none.
    std::vector<std::string> management_hosts;
    // The networks and addresses whose X-Forwarded-For is believed. Default: none.
    std::vector<std::string> trusted_proxies;
};

struct RouteOptions : HealthCheck, Settings<RouteOptions> {
    // Default: Balancer::round_robin.
    std::optional<Balancer> balancer;
    // Default: HostHeader::client.
    std::optional<HostHeader> host_header;
    // Whether the prefix is taken off the path before it is joined to the target's. Default: true.
    std::optional<bool> strip_prefix;
    // Whether backends are checked; if not, the fields of HealthCheck have no meaning. Default: true.
    std::optional<bool> health_check;
    // To open a connection to a backend. Default: 5 s.
    std::optional<std::chrono::milliseconds> connect_timeout;
    // From the end of a request to the head of its answer. Default: 60 s.
    std::optional<std::chrono::milliseconds> response_head_timeout;
};

struct HandlerOptions : Settings<HandlerOptions> {
    // From a request's head to the handler's answer. Default: 30 s.
    std::optional<std::chrono::milliseconds> handler_timeout;
    // The largest body of a request in bytes. Default: 1 MiB.
    std::optional<std::uint64_t> handler_body_limit;
};

namespace detail {

// A time that is over is none.
inline std::uint64_t to_ms(std::chrono::milliseconds time)
{
    return static_cast<std::uint64_t>(std::max(time, std::chrono::milliseconds::zero()).count());
}

// Options in the form of C. They point into those that they were made from.
template <typename C>
struct Passed {
    C options{};
    // Their buffers stay where they are when this is moved.
    std::vector<std::vector<const char *>> lists;

    const C *get() const noexcept { return &options; }

    void pass(const std::vector<std::string> &texts, const char *const *&place, std::size_t &count)
    {
        std::vector<const char *> pointers;
        for (const std::string &text : texts)
            pointers.push_back(c_text(text));
        place = pointers.data();
        count = pointers.size();
        lists.push_back(std::move(pointers));
    }
};

template <typename Value, typename Place>
void pass(const std::optional<Value> &value, Place &place)
{
    if (!value)
        return;
    if constexpr (std::is_same_v<Value, std::chrono::milliseconds>)
        place = to_ms(*value);
    else if constexpr (std::is_same_v<Value, std::string>)
        place = c_text(*value);
    else
        place = static_cast<Place>(*value);
}

// The defaults.
template <typename C>
Passed<C> defaults(pk_status (*init)(C *, std::size_t))
{
    Passed<C> passed;
    const pk_status status = init(&passed.options, sizeof passed.options);
    if (status != PK_OK)
        throw Error(status, "the library does not know the options of this header");
    return passed;
}

template <typename C, typename Options>
Passed<C> with_settings(pk_status (*init)(C *, std::size_t), const Options &options)
{
    Passed<C> passed = defaults(init);
    passed.pass(options.settings(), passed.options.settings, passed.options.settings_len);
    pass(options.json, passed.options.json);
    return passed;
}

template <typename C>
void pass_check(const HealthCheck &check, C &c)
{
    pass(check.health_interval, c.health_interval_ms);
    pass(check.health_timeout, c.health_timeout_ms);
    pass(check.health_rise, c.health_rise);
    pass(check.health_fall, c.health_fall);
    pass(check.health_jitter, c.health_jitter);
}

inline Passed<pk_health_check> passed(const HealthCheck &check)
{
    auto passed = defaults(pk_health_check_init);
    pass_check(check, passed.options);
    return passed;
}

inline Passed<pk_manager_options> passed(const ManagerOptions &options)
{
    auto passed = with_settings(pk_manager_options_init, options);
    auto &c = passed.options;
    pass(options.workers, c.workers);
    pass(options.management, c.management);
    pass(options.management_token, c.management_token);
    passed.pass(options.management_hosts, c.management_hosts, c.management_hosts_len);
    passed.pass(options.trusted_proxies, c.trusted_proxies, c.trusted_proxies_len);
    return passed;
}

inline Passed<pk_route_options> passed(const RouteOptions &options)
{
    auto passed = with_settings(pk_route_options_init, options);
    auto &c = passed.options;
    pass(options.balancer, c.balancer);
    pass(options.host_header, c.host_header);
    pass(options.strip_prefix, c.strip_prefix);
    pass(options.health_check, c.health_check);
    pass_check(options, c);
    pass(options.connect_timeout, c.connect_timeout_ms);
    pass(options.response_head_timeout, c.response_head_timeout_ms);
    return passed;
}

inline Passed<pk_handler_options> passed(const HandlerOptions &options)
{
    auto passed = with_settings(pk_handler_options_init, options);
    pass(options.handler_timeout, passed.options.handler_timeout_ms);
    pass(options.handler_body_limit, passed.options.handler_body_limit);
    return passed;
}

} // namespace detail
} // namespace proxykit

#endif
