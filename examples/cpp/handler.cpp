// A proxy before two servers, beside paths that the program answers itself, until SIGTERM or Ctrl-C.
#include <proxykit.hpp>

#include <csignal>
#include <iostream>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using proxykit::Request;

int main()
try {
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    proxykit::Manager manager;
    manager.add_route("/proxy/", {"http://localhost:8081", "http://localhost:8082"});

    // Runs on a thread of the library's. If it threw, the client would get 500.
    manager.handle("/ping", [](Request request) {
        request.respond(200, {{"content-type", "text/plain"}}, "pong\n");
    });

    // Answered later, from a thread of the program's own, within two seconds: else the client gets 504.
    proxykit::HandlerOptions options;
    options.handler_timeout = 2s;
    manager.handle("/later", options, [](Request request) {
        std::thread([own = std::move(request)] {
            try {
                own.respond(200, "at last\n");
            } catch (const proxykit::Error &error) {
                std::cerr << own.target() << " was not answered: " << error.name() << '\n';
            }
        }).detach();
    });

    manager.start("127.0.0.1:8080");
    std::cout << "listening on http://127.0.0.1:8080" << std::endl;

    sigwait(&signals, &signal);
    manager.stop(10s);
} catch (const proxykit::Error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
