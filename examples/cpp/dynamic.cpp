// Backends come and go while the proxy serves; each line on standard input is the next step.
#include <proxykit.hpp>

#include <iostream>
#include <string>

static void next_step()
{
    std::string line;
    std::getline(std::cin, line);
}

static void list(const proxykit::Manager &manager)
{
    for (const auto &backend : manager.list_backends("/proxy/"))
        std::cout << backend.target << " healthy: " << std::boolalpha << backend.healthy << std::endl;
}

int main()
try {
    proxykit::Manager manager;
    manager.add_route("/proxy/", {"http://localhost:8081"});
    manager.start("127.0.0.1:8080");
    std::cout << "listening on http://127.0.0.1:8080; press Enter for each step" << std::endl;

    next_step();
    std::cout << "added: " << manager.add_backends("/proxy/", {"http://localhost:8082"}) << std::endl;

    next_step();
    list(manager);

    next_step();
    std::cout << "removed: " << manager.remove_backends("/proxy/", {"http://localhost:8081"}) << std::endl;

    next_step();
    list(manager);
} catch (const proxykit::Error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
