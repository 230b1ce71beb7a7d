// A proxy before two servers, until SIGTERM or Ctrl-C.
#include "owned.hpp"

#include <csignal>
#include <iostream>
#include <iterator>

int main()
try {
    // The library leaves signals to its host: this one waits for them.
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    auto manager = make<pk_manager>(pk_manager_new, nullptr);

    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};
    pk_route_options options;
    pk_route_options_init(&options, sizeof options);
    options.health_interval_ms = 5000;
    call(pk_add_route, manager.get(), "/proxy/", targets, std::size(targets), &options);

    call(pk_start, manager.get(), "127.0.0.1:8080");
    std::cout << "listening on http://127.0.0.1:8080" << std::endl;

    sigwait(&signals, &signal);
    call(pk_stop, manager.get(), 10'000, nullptr); // requests in flight have ten seconds to finish
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
