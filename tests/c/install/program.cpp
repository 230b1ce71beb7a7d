// A program of a user who has installed Proxy Kit and writes C++: it serves, is asked, and stops.
#include <proxykit.hpp>

#include <iostream>

int main()
try {
    proxykit::Manager manager;
    manager.add_route("/x/", {"http://localhost:8081"});
    manager.start("127.0.0.1:0");
    if (manager.manage("GET", "/endpoints/list?prefixPath=/x/").status != 200)
        return 1;
    std::cout << proxykit::version() << '\n';
    return 0;
} catch (const proxykit::Error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
