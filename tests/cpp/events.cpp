#include "tests.hpp"

#include <poll.h>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;
using proxykit::Event;
using proxykit::EventKind;
using proxykit::Manager;

static bool is_readable(int fd)
{
    pollfd polled{fd, POLLIN, 0};
    return poll(&polled, 1, 0) == 1;
}

void events_are_taken_out()
{
    Manager manager;
    proxykit::Events events = manager.events();
    const int fd = events.fd();
    CHECK(fd >= 0 && events.fd() == fd && !is_readable(fd) && !events.next_for(0ms) && !events.next_for(2ms));

    manager.add_route("/x", {"http://localhost:1"});
    CHECK(is_readable(fd));
    const auto added = events.next();
    CHECK(added && added->kind == EventKind::route_added && added->name == "route_added" && added->prefix == "/x/");
    CHECK(!added->target && !added->address && !added->message && added->count == 0);
    const auto second = events.next_for(0ms);
    CHECK(second && second->kind == EventKind::backend_added && second->target == "http://localhost:1");

    manager.start("127.0.0.1:0");
    const std::string address = manager.address();
    manager = Manager();
    bool has_started = false, has_stopped = false;
    while (const auto event = events.next()) {
        CHECK(!has_stopped);
        has_started |= event->kind == EventKind::started && event->address == address;
        has_stopped |= event->kind == EventKind::stopped;
    }
    CHECK(has_started && has_stopped && is_readable(fd) && !events.next_for(1h));
}

void a_callback_hears_all_and_may_throw()
{
    auto heard = std::make_shared<std::vector<std::string>>();
    Manager manager;
    manager.on_event([heard, count = 0](const Event &event) mutable {
        heard->push_back(std::to_string(count++) + ' ' + event.name);
        throw std::runtime_error("broken");
    });
    manager.add_route("/x", {});
    manager.start("127.0.0.1:0");
    manager.stop(10s);
    // It returns behind the last call.
    CHECK((*heard == std::vector<std::string>{"0 route_added", "1 started", "2 stopped"}));
    WAIT_UNTIL(heard.use_count() == 1);

    THROWS(PK_ERR_STOPPED, "", manager.on_event([heard](const Event &) {}));
    CHECK(heard.use_count() == 1);
    Manager never;
    never.on_event([heard](const Event &) {});
    CHECK(heard.use_count() == 2);
    never = Manager();
    CHECK(heard.use_count() == 1);
}
