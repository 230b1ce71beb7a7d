package proxykit

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// checkNotPassedBy refuses a handler that the program means to come before a route, as far as that can be seen: a
// guard around a route would be gone without a word.
func (m *RouteManager) checkNotPassedBy(handler http.Handler) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	prefixes := m.host.prefixes()
	if _, found := m.routes["/"]; found || slices.Contains(prefixes, "/") {
		return routeExists(`the route "/" takes every request, and the handler would never be asked: ` +
			"use Serve, or mount the route's Proxy and serve with http.ListenAndServe")
	}
	mux, ok := handler.(*http.ServeMux)
	if !ok {
		return nil
	}
	for _, prefix := range prefixes {
		if _, pattern, found := servedBy(mux, prefix, http.MethodGet); found {
			return invalidArgument("the mux serves the route %q by the pattern %q, and would never be asked: "+
				"that route has a handler of its own", prefix, pattern)
		}
	}
	for prefix, route := range m.routes {
		if pattern, guarded := guardedBy(mux, prefix, route.Proxy); guarded {
			return invalidArgument("the mux serves the route %q by the pattern %q with more than the route's own Proxy, "+
				"which the core would pass by: mount Proxy itself, or serve with http.ListenAndServe", prefix, pattern)
		}
	}
	return nil
}

// guardedBy looks for a pattern of the mux that stands for the route, and does not simply pass everything on to it.
func guardedBy(mux *http.ServeMux, prefix string, proxy *Proxy) (pattern string, guarded bool) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		mounted, pattern, found := servedBy(mux, prefix, method)
		if found && (mounted != http.Handler(proxy) || !strings.HasPrefix(pattern, "/")) {
			return pattern, true
		}
	}
	return "", false
}

// servedBy looks for a pattern of the mux at this prefix or below it.
func servedBy(mux *http.ServeMux, prefix, method string) (mounted http.Handler, pattern string, found bool) {
	location, err := url.Parse(prefix)
	if err != nil {
		return nil, "", false
	}
	mounted, pattern = mux.Handler(&http.Request{Method: method, URL: location})
	// A pattern is [METHOD ][HOST]/PATH.
	path := pattern[max(strings.Index(pattern, "/"), 0):]
	return mounted, pattern, strings.HasPrefix(path, prefix)
}
