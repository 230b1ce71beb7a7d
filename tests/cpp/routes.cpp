#include "tests.hpp"

#include <vector>

using namespace std::chrono_literals;
using proxykit::Manager;

void routes_are_changed_and_listed()
{
    Manager manager;
    const std::vector<std::string> targets = {"http://localhost:1", "http://localhost:2"};
    manager.add_route("/b", targets);
    manager.add_route("/a", {});
    manager.handle("/h", [](proxykit::Request) {});
    CHECK(manager.add_backends("/b", {"http://localhost:2/", "http://localhost:3"}) == 1);
    CHECK(manager.remove_backends("/b", {"http://localhost:1", "http://localhost:9"}) == 1);

    const auto routes = manager.routes();
    CHECK(routes.size() == 3);
    CHECK(routes[0].prefix == "/a/" && routes[0].backends.empty() && !routes[0].is_handler);
    CHECK(routes[1].prefix == "/b/" && routes[1].backends.size() == 2);
    CHECK(routes[2].prefix == "/h/" && routes[2].is_handler);

    const auto backends = manager.list_backends("b");
    CHECK(backends.size() == 2 && backends[0].target == "http://localhost:2");
    CHECK(backends[0].healthy && backends[0].in_flight == 0);
    CHECK(manager.get_backend("/b", "http://localhost:3").target == "http://localhost:3");

    THROWS(PK_ERR_BACKEND_NOT_FOUND, ":1", manager.get_backend("/b", "http://localhost:1"));
    manager.report_load("/b", "http://localhost:3", 2.5);
    CHECK(manager.get_backend("/b", "http://localhost:3").load > 2.4);
    THROWS(PK_ERR_INVALID_ARGUMENT, "-1", manager.report_load("/b", "http://localhost:3", -1));
    THROWS(PK_ERR_ROUTE_NOT_FOUND, "/c/", manager.list_backends("/c"));
    THROWS(PK_ERR_ROUTE_NOT_FOUND, "/c/", manager.remove_route("/c"));
    THROWS(PK_ERR_ROUTE_IS_HANDLER, "/h/", manager.add_backends("/h", targets));
    THROWS(PK_ERR_INVALID_TARGET, "ftp", manager.add_route("/d", {"http://localhost:1", "ftp://a"}));
    manager.remove_route("/b");
    CHECK(manager.routes().size() == 2);
}

void requests_are_proxied()
{
    const Server a(backend_start("a")), b(backend_start("b"));
    Manager manager = serving();
    manager.add_route("/x", {backend_target(a.get())});
    CHECK(get(manager, "/x/") == "200 a");
    manager.add_backends("/x", {backend_target(b.get())});
    WAIT_UNTIL(get(manager, "/x/") == "200 b");
    manager.remove_backends("/x", {backend_target(a.get())});
    CHECK(get(manager, "/x/") == "200 b");

    const auto counted = manager.routes().at(0).counters;
    CHECK(counted.requests == counted.responses_2xx && counted.requests >= 3);
    CHECK(manager.get_backend("/x", backend_target(b.get())).counters.responses_2xx >= 2);
    CHECK(manager.totals().counters.requests == counted.requests);
    CHECK(manager.totals().connections.accepted == counted.requests);

    const int connection = client_send(manager.address().c_str(), "/x/slow");
    WAIT_UNTIL(backend_slow_requests(b.get()) == 1);
    CHECK(manager.get_backend("/x", backend_target(b.get())).in_flight == 1);
    CHECK(manager.stop(20ms) == 1);
    std::free(client_read(connection));
    backend_release(b.get());
}

void management_calls_are_answered()
{
    Manager manager;
    manager.add_route("/x", {"http://localhost:1"});
    const auto list = manager.manage("GET", "/endpoints/list?prefixPath=/x/");
    CHECK(list.status == 200 && list.body.find("http://localhost:1") != std::string::npos && !list.allow);
    const auto added =
        manager.manage("POST", "/endpoints/add", R"({"prefixPath": "/x/", "targets": ["http://localhost:2"]})");
    CHECK(added.status == 200 && manager.list_backends("/x").size() == 2);
    const auto refused = manager.manage("DELETE", "/endpoints/list");
    CHECK(refused.status == 405 && refused.allow && !refused.allow->empty());
}
