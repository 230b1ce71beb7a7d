// A proxy before two servers, until SIGTERM or Ctrl-C.
#include <proxykit.hpp>

#include <csignal>
#include <iostream>

using namespace std::chrono_literals;

int main()
try {
    // The library leaves signals to its host: this one waits for them.
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    proxykit::RouteOptions options;
    options.health_interval = 5s;

    proxykit::Manager manager;
    manager.add_route("/proxy/", {"http://localhost:8081", "http://localhost:8082"}, options);
    manager.start("127.0.0.1:8080");
    std::cout << "listening on http://" << manager.address() << std::endl;

    sigwait(&signals, &signal);
    manager.stop(10s); // requests in flight have ten seconds to finish
} catch (const proxykit::Error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
