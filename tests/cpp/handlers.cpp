#include "tests.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <utility>

using namespace std::chrono_literals;
using proxykit::Manager;
using proxykit::Request;

static void show(const Request &request)
{
    using namespace std::string_view_literals;
    CHECK(request.method() == "POST" && request.target() == "/x/a%2Fb?c=d" && request.client_address() == "127.0.0.1");
    CHECK(request.header("X-Twice") == "one" && !request.header("x-none"));
    std::string twice;
    for (const auto &[name, value] : request.headers())
        twice += name == "x-twice" ? value : "";
    CHECK(twice == "onetwo");
    CHECK(request.body() == "a\0b\0c"sv && request.is_wanted());

    // What is refused may be mended.
    THROWS(PK_ERR_INVALID_ARGUMENT, "101", request.respond(101));
    THROWS(PK_ERR_INVALID_ARGUMENT, "header a", request.respond(200, {{"a", "b\r\nc: d"}}));
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", request.respond(200, {{"a", "b\0c"sv}}));
    request.respond(201, {{"content-type", "text/plain"}, {"x-own", "yes"}}, "made");
    CHECK(!request.is_wanted());
    THROWS(PK_ERR_ALREADY_ANSWERED, "", request.respond(200));
}

void handlers_see_and_answer_requests()
{
    Manager manager = serving();
    manager.handle("/x", show);
    const int connection = client_say(manager.address().c_str(),
                                      "POST /x/a%2Fb?c=d HTTP/1.1\r\nhost: h\r\nx-twice: one\r\nx-twice: two\r\n"
                                      "content-length: 5\r\nconnection: close\r\n\r\n");
    CHECK(send_all(connection, "a\0b\0c", 5));
    char *text = client_read(connection);
    const std::string answer(text);
    std::free(text);
    CHECK(answer.rfind("HTTP/1.1 201 Created\r\n", 0) == 0);
    CHECK(answer.find("x-own: yes\r\n") != std::string::npos && answer.find("\r\n\r\nmade") != std::string::npos);

    manager.handle("/none", [](const Request &request) { request.respond(204); });
    CHECK(get(manager, "/none") == "204 ");
}

void answers_may_come_later_from_elsewhere()
{
    Manager manager = serving();
    std::promise<Request> promise;
    manager.handle("/later", [&promise](Request request) { promise.set_value(std::move(request)); });
    const int connection = client_send(manager.address().c_str(), "/later");
    {
        Request request = promise.get_future().get();
        request.respond(200, "later");
    }
    char *text = client_read(connection);
    CHECK(strstr(text, "\r\n\r\nlater") != nullptr);
    std::free(text);

    proxykit::HandlerOptions options;
    options.handler_timeout = 20ms;
    std::promise<Request> late;
    manager.handle("/late", options, [&late](Request request) { late.set_value(std::move(request)); });
    CHECK(client_ask(manager.address().c_str(), "/late") == 504);
    const Request request = late.get_future().get();
    CHECK(!request.is_wanted());
    THROWS(PK_ERR_HANDLER_TIMEOUT, "", request.respond(200));
    // It outlives the manager.
    manager = Manager();
    CHECK(request.target() == "/late");
}

void a_handler_that_throws_answers_500()
{
    Manager manager = serving();
    manager.handle("/throws", [](const Request &) { throw std::runtime_error("broken"); });
    manager.handle("/number", [](const Request &) { throw 1; });
    manager.handle("/forgets", [](const Request &) {});
    manager.handle("/answered", [](const Request &request) {
        request.respond(200, "before");
        throw std::runtime_error("broken");
    });
    CHECK(get(manager, "/throws").rfind("500 ", 0) == 0);
    CHECK(get(manager, "/number").rfind("500 ", 0) == 0);
    CHECK(get(manager, "/forgets").rfind("500 ", 0) == 0);
    CHECK(get(manager, "/answered") == "200 before");
    // An error of the library's own too.
    manager.handle("/wrong", [&manager](const Request &) { manager.stop(0ms); });
    CHECK(get(manager, "/wrong").rfind("500 ", 0) == 0);
    CHECK(!manager.wait_for(0ms));
}

void handlers_are_destroyed_once()
{
    auto held = std::make_shared<int>(7);
    auto handler = [held](const Request &request) { request.respond(200, std::to_string(*held)); };
    Manager manager = serving();
    const long before = held.use_count();
    manager.handle("/a", handler);
    CHECK(held.use_count() == before + 1);
    THROWS(PK_ERR_ROUTE_EXISTS, "/a/", manager.handle("/a", handler));
    THROWS(PK_ERR_INVALID_ARGUMENT, "NUL", manager.handle(std::string_view("/b\0", 3), handler));
    // While the manager runs, on a thread of the handlers.
    WAIT_UNTIL(held.use_count() == before + 1);
    CHECK(get(manager, "/a") == "200 7");
    manager.remove_route("/a");
    WAIT_UNTIL(held.use_count() == before);

    // What can be moved and not copied.
    manager.handle("/a", [own = std::make_unique<int>(8)](const Request &request) {
        request.respond(200, std::to_string(*own));
    });
    CHECK(get(manager, "/a") == "200 8");
    manager.handle("/b", handler);
    manager = Manager();
    CHECK(held.use_count() == before);
}
