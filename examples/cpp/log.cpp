// Prints the log, from a callback on a thread of its own, until SIGTERM or Ctrl-C.
#include <proxykit.hpp>

#include <csignal>
#include <iostream>

using namespace std::chrono_literals;

int main()
try {
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    proxykit::Manager manager;
    manager.on_log(proxykit::LogLevel::info, [](const proxykit::LogRecord &record) {
        std::cout << record.category << ": " << record.message << std::endl;
    });
    manager.add_route("/proxy/", {"http://localhost:8081", "http://localhost:8082"});
    manager.start("127.0.0.1:8080");

    sigwait(&signals, &signal);
    manager.stop(10s); // it returns behind the last call
} catch (const proxykit::Error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
