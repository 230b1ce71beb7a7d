// Backends come and go while the proxy serves; each line on standard input is the next step.
#include "owned.hpp"

#include <iostream>
#include <string>

static void next_step()
{
    std::string line;
    std::getline(std::cin, line);
}

static void list(const Owned<pk_manager> &manager)
{
    auto backends = make<pk_backends>(pk_list_backends, manager.get(), "/proxy/");
    for (size_t i = 0; i < pk_backends_len(backends.get()); i++) {
        pk_backend backend{};
        backend.struct_size = sizeof backend;
        call(pk_backends_get, backends.get(), i, &backend);
        std::cout << backend.target << " healthy: " << std::boolalpha << backend.healthy << std::endl;
    }
}

int main()
try {
    const char *first = "http://localhost:8081", *second = "http://localhost:8082";
    size_t count = 0;
    auto manager = make<pk_manager>(pk_manager_new, nullptr);
    call(pk_add_route, manager.get(), "/proxy/", &first, 1, nullptr);
    call(pk_start, manager.get(), "127.0.0.1:8080");
    std::cout << "listening on http://127.0.0.1:8080; press Enter for each step" << std::endl;

    next_step();
    call(pk_add_backends, manager.get(), "/proxy/", &second, 1, nullptr, &count);
    std::cout << "added: " << count << std::endl;

    next_step();
    list(manager);

    next_step();
    call(pk_remove_backends, manager.get(), "/proxy/", &first, 1, &count);
    std::cout << "removed: " << count << std::endl;

    next_step();
    list(manager);
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
