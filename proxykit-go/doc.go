// Package proxykit is a reverse proxy that a program loads into itself.
//
// A [RouteManager] has routes: path prefixes, each with backends, a balancer and a health check. Routes and backends
// come and go while traffic flows, from Go or over HTTP. The work is done by a core written in Rust that runs threads
// of its own inside the process; this package is linked with it.
//
//	manager := proxykit.NewRouteManager()
//	defer manager.Close()
//	_, err := manager.AddRouteWith("/api/", []string{"http://localhost:8081"}, proxykit.RouteOptions{})
//	…
//	err = manager.ListenAndServe(":8080", mux) // /api/… goes to the backends, the rest to mux
//
// [RouteManager.Handle] adds a route that the program answers itself, with any [net/http.Handler].
//
// # Two ways to serve
//
// [RouteManager.ListenAndServe] is the fast one: the core has the listening socket, and a request for a backend never
// enters Go. What no route takes goes to the program's own [net/http.Handler].
//
// [Route.Proxy] is the compatible one: a handler for any server and any framework. Go has the listening socket then,
// and passes each request to the core over a private unix socket, which costs a second hop.
//
// # Words
//
// A target names a backend: http://HOST[:PORT][/BASE], https://… for TLS, h2c://… for HTTP/2 without TLS, or unix:PATH
// for a server on a unix socket. A backend is healthy or not, as its checks say; a backend without checks is healthy.
// Prefixes are compared by whole segments with the raw path: /x/ takes /x and /x/…, not /xy. The longest prefix wins.
//
// # Errors
//
// Every error of the core is an [*Error] with a stable number and a stable name, the same in every language, and
// is compared with [errors.Is] and a sentinel such as [ErrRouteExists], or with what the standard library has for it
// ([Error.Is]).
//
// # Goroutines
//
// All functions and methods may be called from any goroutine at any time. What may wait takes a context or a time:
// [RouteManager.Wait], [RouteManager.Shutdown], [RouteManager.Stop], [RouteManager.Events]. Changes of routes and backends never
// wait.
package proxykit
