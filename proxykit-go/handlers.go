package proxykit

import (
	"net/http"
	"strings"
)

// Handle adds a route that the program answers itself, on the same listener as those with backends: handler gets the requests
// whose path begins with prefix. It may be called before the start and while traffic flows; [RouteManager.RemoveRoute] removes
// the route, and requests in progress finish.
//
// The handler is served by an [http.Server] of the manager's own behind the core, on a unix socket that only this user can
// reach, from the start to the stop: each request has its goroutine, streaming and upgrades work, and no call of C is made
// for one. A request is as its client sent it, with its whole path, Host and RemoteAddr (with the port 0, since the
// client's is not known); its context is done when the client has gone. What it may take is the program's to limit, as with
// any server of Go ([http.MaxBytesHandler], [http.TimeoutHandler]).
//
// A handler that panics before its answer has begun has the client told 500 (handler_failed), after that its answer is broken
// off; the logger of [RouteManager.SetLogger] hears of it, unless it was [http.ErrAbortHandler].
//
// The core knows such a route as one with a single backend, and [RouteManager.Routes] shows that. To add or remove some is
// [ErrRouteIsHandler].
//
// Errors: [ErrInvalidPrefix], [ErrRouteExists], [ErrStopped] after Close; [ErrInvalidArgument] for a nil handler;
// [ErrStartFailed] if the manager runs and there is no socket to be had.
func (m *RouteManager) Handle(prefix string, handler http.Handler) error {
	m.starting.Lock()
	defer m.starting.Unlock()
	return m.addHandler(prefix, handler)
}

// HandleFunc is [RouteManager.Handle] with a function.
//
// Errors: as Handle.
func (m *RouteManager) HandleFunc(prefix string, handler func(http.ResponseWriter, *http.Request)) error {
	if handler == nil {
		return m.Handle(prefix, nil)
	}
	return m.Handle(prefix, http.HandlerFunc(handler))
}

// addHandler adds a handler's route. The caller holds the lock of starting.
func (m *RouteManager) addHandler(prefix string, handler http.Handler) error {
	prefix, err := parsePrefix(prefix)
	if err != nil {
		return err
	}
	if handler == nil {
		return invalidArgument("the handler of the route %q is nil", prefix)
	}
	before := m.host.handlers.Load()
	if _, found := before.byPrefix[prefix]; !found {
		// It is found before the core sends requests for it.
		m.host.handlers.Store(before.with(prefix, m.forwarding.asTheClientSent(handler, m.clientsHaveAddresses)))
	}
	if m.started {
		err = m.host.open()
	}
	if err == nil {
		err = m.addRoute(prefix, []string{m.host.target()}, hostRoute)
	}
	if err != nil {
		m.host.handlers.Store(before)
	}
	return err
}

// isHandled reports whether the program itself answers the requests of this route.
func (m *RouteManager) isHandled(prefix string) bool {
	handlers := m.host.handlers.Load().byPrefix
	if len(handlers) == 0 {
		return false
	}
	prefix, err := parsePrefix(prefix)
	_, found := handlers[prefix]
	return err == nil && found
}

// handlers is a set of handlers by the prefixes of their routes. It never changes: a change makes the next one.
type handlers struct {
	byPrefix map[string]http.Handler
	// The length of the longest prefix.
	longest int
}

func (h *handlers) with(prefix string, handler http.Handler) *handlers {
	next := h.without(prefix)
	next.byPrefix[prefix] = handler
	next.longest = max(next.longest, len(prefix))
	return next
}

func (h *handlers) without(prefix string) *handlers {
	next := &handlers{byPrefix: make(map[string]http.Handler, len(h.byPrefix)+1)}
	for other, handler := range h.byPrefix {
		if other != prefix {
			next.byPrefix[other] = handler
			next.longest = max(next.longest, len(other))
		}
	}
	return next
}

// find gives the handler with the longest prefix of this path; nil if there is none. It compares as the core does: the path as
// it was sent, by whole segments.
func (h *handlers) find(path string) http.Handler {
	// A client may send a path of any depth: what is longer than the longest prefix is not looked at.
	path = path[:min(len(path), h.longest)]
	for prefix := strings.TrimSuffix(path, "/") + "/"; prefix != ""; prefix = parent(prefix) {
		if handler, found := h.byPrefix[prefix]; found {
			return handler
		}
	}
	return nil
}

// parent gives /x/ for /x/y/, and nothing for /.
func parent(prefix string) string {
	return prefix[:strings.LastIndexByte(prefix[:len(prefix)-1], '/')+1]
}
