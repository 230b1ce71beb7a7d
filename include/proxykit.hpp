// Proxy Kit for C++17: a reverse proxy inside this process. Nothing but headers, over proxykit.h.
//
//     proxykit::Manager manager;
//     manager.add_route("/proxy/", {"http://localhost:8081", "http://localhost:8082"});
//     manager.handle("/ping", [](proxykit::Request request) { request.respond(200, "pong"); });
//     manager.start("127.0.0.1:8080");
//
// Errors are thrown, as proxykit::Error. What is owned is freed by its owner, which can be moved and not copied. What comes
// out is the caller's, unless it is a std::string_view, which says whose it is. Any function may be called from any thread; an
// object must not be in use when it is destroyed. What each call means, and its errors, stands in proxykit.h at the
// function of C of the same name.
//
// No exception passes through the library: what becomes of those that leave a function of yours is said where it is given
// (Manager::handle, Manager::on_event).
#ifndef PROXYKIT_HPP
#define PROXYKIT_HPP

#include "proxykit/error.hpp"
#include "proxykit/events.hpp"
#include "proxykit/lists.hpp"
#include "proxykit/log.hpp"
#include "proxykit/manager.hpp"
#include "proxykit/options.hpp"
#include "proxykit/request.hpp"

#endif
