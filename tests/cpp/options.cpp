#include "tests.hpp"

using namespace std::chrono_literals;
using proxykit::Manager;
using proxykit::RouteOptions;

// Each field is seen by what its refusal names, or by what it does.
void fields_and_settings_arrive()
{
    proxykit::ManagerOptions options;
    options.workers = 1;
    options.management = "off";
    options.management_token = "secret";
    options.management_hosts = {"proxy.example"};
    options.trusted_proxies = {"127.0.0.1"};
    options.json = R"({"idle_timeout": "30s"})";
    options.set("idle_timeout", 20s).set("connection_limit", 100).set("forwarded_headers", "both");
    CHECK(options.settings().at(0) == "idle_timeout=20000ms" && options.settings().at(1) == "connection_limit=100");
    Manager manager(options);

    RouteOptions route;
    route.balancer = proxykit::Balancer::ip_hash;
    route.host_header = proxykit::HostHeader::backend;
    route.strip_prefix = false;
    route.health_check = true;
    route.health_interval = 1s;
    route.health_timeout = 500ms;
    route.health_rise = 2;
    route.health_fall = 3;
    route.health_jitter = 0.5;
    route.connect_timeout = 2s;
    route.response_head_timeout = 1min;
    route.set("request_timeout", "30s").set("upstream_verify", false);
    CHECK(route.settings().at(1) == "upstream_verify=false");
    manager.add_route("/x", {}, route);
    CHECK(manager.routes().at(0).balancer == proxykit::Balancer::ip_hash);

    proxykit::HealthCheck check;
    check.health_rise = 4;
    CHECK(manager.add_backends("/x", {"http://localhost:1"}, check) == 1);
    manager.add_route("/y", {}, RouteOptions{}.set("balancer", "least_connections"));
    CHECK(manager.routes().at(1).balancer == proxykit::Balancer::least_connections);
}

template <typename Change>
static void refuses(const char *part, Change change)
{
    Manager manager;
    RouteOptions options;
    change(options);
    THROWS(PK_ERR_INVALID_OPTION, part, manager.add_route("/x", {}, options));
    CHECK(manager.routes().empty());
}

void bad_options_are_refused()
{
    refuses("health_interval", [](RouteOptions &options) { options.health_interval = 0ms; });
    refuses("health_interval", [](RouteOptions &options) { options.health_interval = -5s; });
    refuses("health_timeout", [](RouteOptions &options) { options.health_timeout = 0ms; });
    refuses("health_rise", [](RouteOptions &options) { options.health_rise = 0; });
    refuses("health_fall", [](RouteOptions &options) { options.health_fall = 0; });
    refuses("health_jitter", [](RouteOptions &options) { options.health_jitter = 2; });
    refuses("connect_timeout", [](RouteOptions &options) { options.connect_timeout = 0ms; });
    refuses("response_head_timeout", [](RouteOptions &options) { options.response_head_timeout = 0ms; });
    refuses("host_header", [](RouteOptions &options) { options.host_header = static_cast<proxykit::HostHeader>(9); });
    refuses("no_such_option", [](RouteOptions &options) { options.set("no_such_option", 1); });
    refuses("request_timeout", [](RouteOptions &options) { options.json = R"({"request_timeout": "soon"})"; });

    proxykit::ManagerOptions workers, hosts, trusted, management;
    workers.workers = 2000;
    THROWS(PK_ERR_INVALID_OPTION, "workers", Manager(workers));
    trusted.trusted_proxies = {"10.0.0.0/8", "nowhere"};
    THROWS(PK_ERR_INVALID_OPTION, "nowhere", Manager(trusted));
    management.management = "nowhere";
    THROWS(PK_ERR_INVALID_OPTION, "nowhere", Manager(management));

    Manager manager;
    auto handler = [](proxykit::Request) {};
    proxykit::HandlerOptions timeout, limit;
    timeout.handler_timeout = 0ms;
    limit.handler_body_limit = 0;
    THROWS(PK_ERR_INVALID_OPTION, "handler_timeout", manager.handle("/h", timeout, handler));
    THROWS(PK_ERR_INVALID_OPTION, "handler_body_limit", manager.handle("/h", limit, handler));
    proxykit::HealthCheck check;
    check.health_fall = 0;
    manager.add_route("/x", {});
    THROWS(PK_ERR_INVALID_OPTION, "health_fall", manager.add_backends("/x", {"http://localhost:1"}, check));
}

// Else C would read them up to there.
void texts_with_a_nul_are_refused()
{
    using namespace std::string_view_literals;
    Manager manager;
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", manager.add_route("/a\0b"sv, {}));
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", manager.add_route("/a", {"http://localhost\0:80"sv}));
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", manager.add_route("/a", {}, RouteOptions{}.set("balancer", "ip_hash\0"sv)));
    proxykit::ManagerOptions options;
    options.management_token = "a\0b"sv;
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", Manager(options));
    CHECK(manager.routes().empty());
    // What is a part of a longer text ends where the view does.
    manager.add_route("/abc"sv.substr(0, 2), {});
    CHECK(manager.routes().at(0).prefix == "/a/");
}
