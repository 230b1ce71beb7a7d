#include "tests.hpp"

#include <thread>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using proxykit::Manager;

static_assert(std::is_move_constructible_v<Manager> && !std::is_copy_constructible_v<Manager>);
static_assert(std::is_move_constructible_v<proxykit::Request> && !std::is_copy_constructible_v<proxykit::Request>);
static_assert(std::is_move_constructible_v<proxykit::Events> && !std::is_copy_constructible_v<proxykit::Events>);

void a_manager_lives_once()
{
    Manager manager;
    THROWS(PK_ERR_NOT_STARTED, "", manager.address());
    manager.start("127.0.0.1:0");
    THROWS(PK_ERR_ALREADY_STARTED, "", manager.start("127.0.0.1:0"));
    THROWS(PK_ERR_NOT_STARTED, "", manager.management_address());
    CHECK(manager.address().rfind("127.0.0.1:", 0) == 0);
    CHECK(client_ask(manager.address().c_str(), "/") == 404);
    manager.reload_certificates();
    CHECK(manager.stop(10s) == 0 && manager.stop(-1s) == 0);
    THROWS(PK_ERR_STOPPED, "", manager.start("127.0.0.1:0"));

    proxykit::ManagerOptions options;
    options.management = "127.0.0.1:0";
    Manager alone(options);
    alone.start_without_listener();
    THROWS(PK_ERR_NOT_STARTED, "", alone.address());
    CHECK(client_ask(alone.management_address().c_str(), "/endpoints/list?prefixPath=/x/") == 404);
}

void managers_can_be_moved()
{
    Manager first = serving();
    const std::string address = first.address();
    Manager second = std::move(first);
    CHECK(first.get() == nullptr);
    THROWS(PK_ERR_NULL_POINTER, "manager", first.add_route("/x", {}));
    CHECK(second.address() == address);
    second = Manager();
    THROWS(PK_ERR_NOT_STARTED, "", second.address());
    // What was there before is stopped and freed, so that its port is free.
    second.start(address);
}

void waiting_has_an_end()
{
    Manager manager = serving();
    CHECK(!manager.wait_for(0ms) && !manager.wait_for(5ms));
    std::thread waiter([&manager] { manager.wait(); });
    manager.stop(0ms);
    waiter.join();
    CHECK(manager.wait_for(1h));

    Manager served;
    std::thread server([&served] { served.serve("127.0.0.1:0"); });
    auto is_started = [&served] {
        try {
            return !served.address().empty();
        } catch (const proxykit::Error &error) {
            CHECK(error.code() == PK_ERR_NOT_STARTED);
            return false;
        }
    };
    WAIT_UNTIL(is_started());
    served.stop(0ms);
    server.join();
}

void errors_have_numbers_and_names()
{
    Manager manager;
    manager.add_route("x", {"http://localhost:9"});
    try {
        manager.add_route("/x/", {"http://localhost:9"});
        fail(__FILE__, __LINE__, "add_route", "is done twice");
    } catch (const std::runtime_error &error) {
        const auto &own = dynamic_cast<const proxykit::Error &>(error);
        CHECK(own.code() == PK_ERR_ROUTE_EXISTS);
        CHECK_TEXT("route_exists", own.name());
        CHECK(std::string_view(own.what()).find("/x/") != std::string_view::npos);
    }
    CHECK(proxykit::version() == pk_version());
    CHECK(proxykit::parse_prefix("x") == "/x/");
    CHECK(proxykit::parse_target("HTTP://LocalHost:80/") == "http://localhost");
    THROWS(PK_ERR_INVALID_TARGET, "ftp", proxykit::parse_target("ftp://a"));
    THROWS(PK_ERR_INVALID_PREFIX, "a?", proxykit::parse_prefix("a?"));
}
