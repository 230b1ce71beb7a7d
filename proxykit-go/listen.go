package proxykit

import (
	"context"
	"net/http"
)

// ListenAndServe serves the routes at addr, and everything else with the program's own handler;
// [http.DefaultServeMux] if it is nil. It returns nil once the manager is stopped.
//
// The core has the listening socket and looks at its routes first: their requests never enter Go. What no route takes
// reaches the handler as the client sent it: streaming and upgrades work, and the path, Host and RemoteAddr (with the
// port 0, since the client's is not known) are the client's. Only what it sent in X-Forwarded-Host, X-Forwarded-Proto
// and X-Origin-Host is lost, and in Forwarded if it is not one of [Options].TrustedProxies.
//
// Routes come first means that middleware around a route's Proxy would be passed by, and so would a pattern of the
// mux below a route's prefix. ListenAndServe refuses a mux that serves a route with another handler than the route's
// own Proxy; it cannot look into handlers of other types. Programs that need their middleware before their routes
// keep [http.ListenAndServe], and mount Proxy there. The same holds for a program with a route "/", which would leave
// nothing to the handler. The handler is itself that of the route "/", as by [RouteManager.Handle], and
// [RouteManager.Routes] lists it.
//
// Errors: as [RouteManager.Start]; [ErrInvalidArgument] and [ErrRouteExists] for a handler that would be passed by.
func (m *RouteManager) ListenAndServe(addr string, handler http.Handler) error {
	if err := m.StartWith(addr, handler); err != nil {
		return err
	}
	return m.Wait(context.Background())
}

// StartWith is [RouteManager.ListenAndServe] without the waiting: [RouteManager.Address] tells the port, and
// [RouteManager.Wait] waits.
func (m *RouteManager) StartWith(addr string, handler http.Handler) error {
	if addr == "" {
		return invalidAddress(addr, "it must be HOST:PORT, unix:PATH, fd:N or systemd")
	}
	if handler == nil {
		handler = http.DefaultServeMux
	}
	m.starting.Lock()
	defer m.starting.Unlock()
	if m.started {
		// The core knows whether it still runs.
		return m.start(addr, func() {})
	}
	if err := m.checkNotPassedBy(handler); err != nil {
		return err
	}
	if err := m.addHandler("/", handler); err != nil {
		return err
	}
	err := m.start(addr, func() {})
	if err != nil {
		// It fails only if somebody else took the route out meanwhile.
		_ = m.removeHandledRoute("/")
	}
	return err
}
