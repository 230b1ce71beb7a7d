package proxykit

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
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
	if m.isHandled(prefix) {
		return routeExists(fmt.Sprintf("there is a route %q already", prefix))
	}
	if gone := m.host.find(prefix); gone != nil {
		// It was removed by a call over HTTP.
		gone.handled.Store(nil)
	}
	slot, err := m.host.take(prefix, m.forwarding.asTheClientSent(handler, m.clientsHaveAddresses))
	if err != nil {
		return err
	}
	err = m.addRoute(prefix, []string{slot.target()}, hostRoute)
	if err != nil {
		slot.handled.Store(nil)
	}
	return err
}

// isHandled reports whether the program itself answers the requests of this route.
func (m *RouteManager) isHandled(prefix string) bool {
	if len(m.host.prefixes()) == 0 {
		return false
	}
	prefix, err := parsePrefix(prefix)
	if err != nil {
		return false
	}
	slot := m.host.find(prefix)
	if slot == nil {
		return false
	}
	// Routes come and go over HTTP too.
	_, err = m.GetBackend(prefix, slot.target())
	return err == nil
}

// handled is a route's handler.
type handled struct {
	prefix  string
	handler http.Handler
}

// slot is a socket for the requests of one route at a time. It goes on listening when its route is removed, for the sake
// of a request that is on its way already, and is the next route's.
type slot struct {
	socket  string
	handled atomic.Pointer[handled]
	// Nil unless it listens; guarded by the host's lock.
	server *http.Server
}

func (s *slot) target() string {
	return "unix:" + s.socket
}

// ServeHTTP has the handler answer whose route the request came by.
func (s *slot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	handled := s.handled.Load()
	if handled == nil || !strings.HasPrefix(path+"/", handled.prefix) {
		// The route was removed when the request was on its way already.
		answerNoRoute(w)
		return
	}
	answer := &answer{ResponseWriter: w}
	defer answer.failed()
	handled.handler.ServeHTTP(answer, r)
}
