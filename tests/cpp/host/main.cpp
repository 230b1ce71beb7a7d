// The scenario host of C++: does with a proxykit::Manager what it is told on standard input, line by line, and answers each line
// with one of its own.
#include "fields.hpp"
#include "handlers.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include <poll.h>

using proxykit::Manager;
using Values = std::vector<std::string>;

namespace {

Gate gate;

Values shown(const std::vector<proxykit::Backend> &backends)
{
    Values values;
    for (const auto &backend : backends) {
        values.push_back(backend.target);
        values.push_back(backend.healthy ? "true" : "false");
    }
    return values;
}

template <typename... Numbers>
Values numbers(Numbers... numbers)
{
    return {std::to_string(numbers)...};
}

Values shown(const proxykit::Counters &counters)
{
    return numbers(counters.requests, counters.responses_2xx, counters.responses_3xx, counters.responses_4xx,
                   counters.responses_5xx, counters.connect_failures, counters.timeouts, counters.broken_responses,
                   counters.retries);
}

Values add_backends(Manager &manager, Fields &fields)
{
    const std::string &prefix = fields.text();
    const auto targets = fields.texts();
    if (fields.is_empty())
        return numbers(manager.add_backends(prefix, targets));
    return numbers(manager.add_backends(prefix, targets, fields.health_check()));
}

Values counters(Manager &manager, Fields &fields)
{
    const std::string prefix = proxykit::parse_prefix(fields.text());
    if (!fields.is_empty())
        return shown(manager.get_backend(prefix, fields.text()).counters);
    for (const auto &route : manager.routes()) {
        if (route.prefix == prefix)
            return shown(route.counters);
    }
    throw Unreadable("there is no such route");
}

Values list_routes(Manager &manager, Fields &)
{
    Values values;
    for (const auto &route : manager.routes()) {
        values.push_back(route.prefix);
        values.push_back(balancer_names.at(static_cast<std::size_t>(route.balancer)));
    }
    return values;
}

Values start(Manager &manager, Fields &fields)
{
    if (fields.is_empty())
        manager.start_without_listener();
    else
        manager.start(fields.text());
    return {};
}

Values wait(Manager &manager, Fields &fields)
{
    // What C answers, this says by false.
    if (!manager.wait_for(fields.time()))
        throw proxykit::Error(PK_ERR_TIMED_OUT, "the time ran out");
    return {};
}

// The arguments of a function have no order in C++, and so each is taken in a statement of its own.
using Call = Values (*)(Manager &, Fields &);
const std::map<std::string, Call> calls = {
    {"add_route",
     [](Manager &manager, Fields &fields) -> Values {
         const std::string &prefix = fields.text();
         const auto targets = fields.texts();
         manager.add_route(prefix, targets, fields.route_options());
         return {};
     }},
    {"handle",
     [](Manager &manager, Fields &fields) -> Values {
         const std::string &prefix = fields.text();
         const Handler handler{fields.text(), gate};
         manager.handle(prefix, fields.handler_options(), handler);
         return {};
     }},
    {"remove_route",
     [](Manager &manager, Fields &fields) -> Values {
         manager.remove_route(fields.text());
         return {};
     }},
    {"add_backends", add_backends},
    {"remove_backends",
     [](Manager &manager, Fields &fields) {
         const std::string &prefix = fields.text();
         return numbers(manager.remove_backends(prefix, fields.texts()));
     }},
    {"list_backends", [](Manager &manager, Fields &fields) { return shown(manager.list_backends(fields.text())); }},
    {"get_backend",
     [](Manager &manager, Fields &fields) {
         const std::string &prefix = fields.text();
         return shown({manager.get_backend(prefix, fields.text())});
     }},
    {"report_load",
     [](Manager &manager, Fields &fields) -> Values {
         const std::string &prefix = fields.text(), &target = fields.text();
         manager.report_load(prefix, target, fields.number());
         return {};
     }},
    {"list_routes", list_routes},
    {"counters", counters},
    {"totals", [](Manager &manager, Fields &) { return shown(manager.totals().counters); }},
    {"connections",
     [](Manager &manager, Fields &) {
         const auto connections = manager.totals().connections;
         return numbers(connections.open, connections.accepted, connections.refused);
     }},
    {"start", start},
    {"address", [](Manager &manager, Fields &) { return Values{manager.address()}; }},
    {"management_address", [](Manager &manager, Fields &) { return Values{manager.management_address()}; }},
    {"reload_certificates",
     [](Manager &manager, Fields &) -> Values {
         manager.reload_certificates();
         return {};
     }},
    {"wait", wait},
    {"stop", [](Manager &manager, Fields &fields) { return numbers(manager.stop(fields.time())); }},
    {"manage",
     [](Manager &manager, Fields &fields) {
         const std::string &method = fields.text(), &target = fields.text();
         const auto reply = manager.manage(method, target, fields.text());
         return Values{std::to_string(reply.status), reply.body};
     }},
};

bool is_readable(int descriptor)
{
    pollfd polled{descriptor, POLLIN, 0};
    return poll(&polled, 1, 0) == 1;
}

// Takes what comes next out of a subscription, or says that it has ended, or that nothing has come.
template <typename Subscription>
auto take(const std::unique_ptr<Subscription> &subscription, Fields &fields)
{
    const auto timeout = fields.time();
    if (!subscription)
        throw Unreadable("there is no subscription");
    auto value = subscription->next_for(timeout);
    // Behind the last one the descriptor is readable, and yet there is none.
    const bool is_there = !value && is_readable(subscription->fd());
    if (is_there)
        value = subscription->next_for(std::chrono::milliseconds::zero());
    if (!value)
        throw proxykit::Error(is_there ? PK_ERR_STOPPED : PK_ERR_TIMED_OUT, "there is none");
    return *value;
}

// The names of the levels, by their numbers.
const std::vector<std::string> level_names{"", "error", "warn", "info", "debug"};

proxykit::LogLevel level(const std::string &name)
{
    const auto found = std::find(level_names.begin(), level_names.end(), name);
    return static_cast<proxykit::LogLevel>(found - level_names.begin());
}

// One manager at a time, and what is heard of it.
struct Host {
    std::unique_ptr<Manager> manager;
    std::unique_ptr<proxykit::Events> events;
    std::unique_ptr<proxykit::Log> log;

    Values next_event(Fields &fields)
    {
        const auto event = take(events, fields);
        return {event.name, event.prefix.value_or(""), event.target.value_or(""), event.address.value_or(""),
                std::to_string(event.count)};
    }

    Values next_record(Fields &fields)
    {
        const auto record = take(log, fields);
        return {level_names.at(static_cast<std::size_t>(record.level)), record.category, record.message,
                record.event ? record.event->name : ""};
    }

    Values run(const std::string &line)
    {
        Fields fields(line);
        const std::string &command = fields.text();
        if (command == "version")
            return {std::string(proxykit::version())};
        if (command == "new") {
            manager = std::make_unique<Manager>(fields.manager_options());
            return {};
        }
        if (command == "release") {
            gate.open();
            return {};
        }
        if (command == "held")
            return numbers(gate.held());
        const auto call = calls.find(command);
        const bool is_own = command == "free" || command == "events" || command == "next_event" || command == "log" ||
                            command == "next_record";
        if (call == calls.end() && !is_own)
            throw Unreadable("an unknown command: " + command);
        if (!manager)
            throw Unreadable(command + ": there is no manager");
        if (command == "free")
            manager.reset();
        else if (command == "events")
            events = std::make_unique<proxykit::Events>(manager->events());
        else if (command == "next_event")
            return next_event(fields);
        else if (command == "log")
            log = std::make_unique<proxykit::Log>(manager->log(level(fields.text())));
        else if (command == "next_record")
            return next_record(fields);
        else
            return call->second(*manager, fields);
        return {};
    }

    Values answer(const std::string &line)
    {
        try {
            Values values = run(line);
            values.insert(values.begin(), "ok");
            return values;
        } catch (const proxykit::Error &error) {
            return {"error", std::to_string(error.code()), error.name(), error.what()};
        } catch (const Unreadable &error) {
            return {"error", "0", "unknown_command", error.what()};
        }
    }
};

} // namespace

int main()
{
    Host host;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << join(host.answer(line)) << std::endl;
    gate.open();
    return 0;
}
