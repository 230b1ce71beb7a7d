#include "tests.hpp"

#include <vector>

using namespace std::chrono_literals;
using proxykit::LogLevel;
using proxykit::LogRecord;
using proxykit::Manager;

void a_log_is_kept_and_may_throw()
{
    auto kept = std::make_shared<std::vector<std::string>>();
    Manager manager;
    manager.on_log(LogLevel::info, [kept](const LogRecord &record) {
        CHECK(record.level == LogLevel::info);
        kept->push_back(record.category + ": " + record.message);
        CHECK(record.event.has_value());
        throw std::runtime_error("broken");
    });
    manager.add_route("/x", {});
    manager.start_without_listener();
    manager.stop(10s);
    // It returns behind the last call.
    CHECK((*kept == std::vector<std::string>{"routes: route added: /x/", "lifecycle: started",
                                             "lifecycle: stopped: 0 cut off"}));
    WAIT_UNTIL(kept.use_count() == 1);
    THROWS(PK_ERR_STOPPED, "", manager.on_log(LogLevel::info, [](const LogRecord &) {}));
}

void records_are_taken_out()
{
    Manager manager;
    proxykit::Log log = manager.log(LogLevel::info);
    CHECK(log.fd() >= 0 && !log.next_for(0ms) && !log.next_for(2ms));
    manager.add_route("/x", {});
    const auto added = log.next();
    CHECK(added && added->level == LogLevel::info && added->category == "routes" && added->message == "route added: /x/");
    CHECK(added->event && added->event->kind == proxykit::EventKind::route_added && added->event->prefix == "/x/");
    manager.manage("POST", "/endpoints/add", "");
    const auto refused = log.next_for(0ms);
    CHECK(refused && refused->category == "management" && !refused->event);
    manager.stop(10s);
    CHECK(log.next()->category == "lifecycle" && !log.next() && !log.next_for(1h));
}
