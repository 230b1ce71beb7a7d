// The line protocol of scenario hosts: fields separated by tabs, with \t, \n, \\ and \xHH for bytes that cannot stand as they
// are.
#ifndef FIELDS_HPP
#define FIELDS_HPP

#include "proxykit.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// A command cannot be read.
struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The fields of a command, taken from the left.
class Fields {
public:
    explicit Fields(const std::string &line);

    bool is_empty() const { return next_ == fields_.size(); }
    const std::string &text();
    // A number, and so many fields.
    std::vector<std::string> texts();
    std::chrono::milliseconds time();
    double number();

    // The rest: NAME=VALUE.
    proxykit::ManagerOptions manager_options();
    proxykit::RouteOptions route_options();
    proxykit::HandlerOptions handler_options();
    proxykit::HealthCheck health_check();

private:
    template <typename Options, typename Set>
    Options options(Set set);

    std::vector<std::string> fields_;
    std::size_t next_ = 0;
};

// The names of the balancers, in the order of their numbers.
extern const std::vector<std::string> balancer_names;

std::string join(const std::vector<std::string> &fields);

#endif
