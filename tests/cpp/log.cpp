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
        kept->push_back(std::string(record.category) + ": " + std::string(record.message));
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
