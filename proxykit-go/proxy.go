package proxykit

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// Proxy is a route as an [http.Handler], to be mounted in any server or framework.
//
// It passes requests to the core over a listener that only this program can reach, which starts the manager on first
// use. Mount it at the route's prefix, as in mux.Handle("/api/", route.Proxy); elsewhere, paths that do not begin with
// the prefix are sent on as if they did. The backend sees the client's Host and, in X-Forwarded-For, its address.
//
// Of a client that is not one of [Options].TrustedProxies, X-Forwarded-Host, X-Forwarded-Proto and Forwarded do not go
// through. Options that concern connections ("proxy_protocol") are of the core's own listener: with "unix" among its
// networks, Proxy cannot reach the core.
//
// If the manager was started with a listener before, requests go there. Then the core sees this program as the client,
// and believes its X-Forwarded-For only if [Options].TrustedProxies has the loopback addresses.
type Proxy struct {
	prefix  string
	forward httputil.ReverseProxy
}

func newProxy(m *RouteManager, prefix string) *Proxy {
	return &Proxy{prefix: prefix, forward: httputil.ReverseProxy{
		Rewrite:       func(request *httputil.ProxyRequest) { rewrite(request, prefix, m.forwarding) },
		Transport:     entry{m},
		FlushInterval: -1,
		ErrorHandler:  answerError,
		// What it would print is that a client or a backend broke off, which the other side sees for itself.
		ErrorLog: log.New(io.Discard, "", 0),
	}}
}

// ServeHTTP passes the request on to the route's backends.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.forward.ServeHTTP(w, r)
}

// rewrite makes the request that the core would have got from the client itself. What is taken from In is what the
// standard library's proxy had removed or tidied.
func rewrite(request *httputil.ProxyRequest, prefix string, forwarding forwarding) {
	in, out := request.In, request.Out
	out.URL.Scheme, out.URL.Host = "http", "proxykit"
	out.URL.RawQuery = in.URL.RawQuery
	putBelow(prefix, out.URL)
	forwarding.announce(request)
}

// putBelow makes a path begin with the prefix if it does not, so that the core finds this route and no other.
func putBelow(prefix string, location *url.URL) {
	raw := location.EscapedPath()
	if strings.HasPrefix(raw, prefix) || raw+"/" == prefix {
		return
	}
	raw = prefix + strings.TrimPrefix(raw, "/")
	if path, err := url.PathUnescape(raw); err == nil {
		location.Path, location.RawPath = path, raw
	}
}
