package proxykit_test

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"proxykit"
)

// probed is a backend that counts the connections that are opened to it, as health checks do.
type probed struct {
	target string
	count  atomic.Int64
}

func newProbed(t *testing.T) *probed {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	backend := &probed{target: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: http.NotFoundHandler(), ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			backend.count.Add(1)
		}
	}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return backend
}

// list gives what /endpoints/list says, by targets.
func list(t *testing.T, url string) map[string]bool {
	t.Helper()
	_, body := get(t, url+"/endpoints/list?prefixPath=/proxy/")
	var answer struct {
		PrefixPath string
		Targets    []struct {
			Target  string
			Healthy *bool
		}
	}
	must(t, json.Unmarshal([]byte(body), &answer))
	expect(t, "the prefix", answer.PrefixPath, "/proxy/")
	healthy := make(map[string]bool)
	for _, target := range answer.Targets {
		healthy[target.Target] = *target.Healthy
	}
	return healthy
}

// The management guide from its first call to its last: what is added is checked at once, what is removed no more.
func TestTheSeedsManagementGuide(t *testing.T) {
	steady, leaving := newProbed(t), newProbed(t)
	manager := newManager(t)
	backends, err := proxykit.ParseBackends("/proxy/", []string{steady.target, leaving.target})
	must(t, err)
	must(t, proxykit.StartHealthChecks(backends, often))
	route, err := manager.AddRoute("/proxy/", proxykit.NewRoundRobin(backends))
	must(t, err)
	mux := http.NewServeMux()
	mux.Handle("/proxy/", route.Proxy)
	mux.HandleFunc("/endpoints/add", manager.HandleAddBackends)
	mux.HandleFunc("/endpoints/remove", manager.HandleRemoveBackends)
	mux.HandleFunc("/endpoints/list", manager.HandleListBackends)
	mux.HandleFunc("/endpoints", manager.HandleGetBackend)
	url := serveWithGo(t, mux)
	// With a server of Go's, the core runs from the first request on.
	get(t, url+"/proxy/")

	healthy := list(t, url)
	expect(t, "the number of targets", len(healthy), 2)
	expect(t, "the first is healthy", healthy[steady.target], true)

	down := "http://" + downAddress(t)
	manage(t, url+"/endpoints/add", down, `{"message":"Backends added successfully","addedCount":1}`)
	manage(t, url+"/endpoints/add", down, `{"message":"Backends added successfully","addedCount":0}`)
	eventually(t, "what was added is checked", func() bool { return !list(t, url)[down] })
	_, body := get(t, url+"/endpoints?prefixPath=/proxy/&target="+down)
	expect(t, "the one that is down", strings.TrimSpace(body), `{"target":"`+down+`","healthy":false}`)
	for range 6 {
		status, _ := get(t, url+"/proxy/")
		expect(t, "the status, which is a healthy backend's", status, http.StatusNotFound)
	}

	eventually(t, "it is checked", func() bool { return leaving.count.Load() > 2 })
	manage(t, url+"/endpoints/remove", leaving.target, `{"message":"Backends removed successfully","removedCount":1}`)
	manage(t, url+"/endpoints/remove", leaving.target, `{"message":"Backends removed successfully","removedCount":0}`)
	// A check may be under way; the other backend tells how many more there would have been.
	count, others := leaving.count.Load()+1, steady.count.Load()
	eventually(t, "the other one is checked", func() bool { return steady.count.Load() > others+20 })
	if now := leaving.count.Load(); now > count {
		t.Errorf("what was removed was checked %d times more", now-count)
	}

	for target := range list(t, url) {
		_, err := manager.RemoveBackends("/proxy/", []string{target})
		must(t, err)
	}
	_, body = get(t, url+"/endpoints/list?prefixPath=/proxy/")
	expect(t, "the empty list", strings.TrimSpace(body), `{"prefixPath":"/proxy/","targets":[]}`)
	status, _ := get(t, url+"/proxy/")
	expect(t, "the status without a backend", status, http.StatusServiceUnavailable)
}

// Routes have groups of backends of their own, and each balancer of the seed's is one of the core's.
func TestTheSeedsBalancersServeTheirRoutes(t *testing.T) {
	manager := newManager(t)
	mux := http.NewServeMux()
	for _, test := range []struct {
		prefix   string
		balancer func(backends []*proxykit.Backend) proxykit.Balancer
		kind     proxykit.BalancerKind
	}{
		{"/rr/", func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewRoundRobin(b) }, proxykit.BalancerRoundRobin},
		{"/lc/", func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewLeastConnections(b) }, proxykit.BalancerLeastConnections},
		{"/ip/", func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewIPHash(b) }, proxykit.BalancerIPHash},
	} {
		target, _ := newBackend(t, test.prefix)
		backends, err := proxykit.ParseBackends(test.prefix, []string{target})
		must(t, err)
		route, err := manager.AddRoute(test.prefix, test.balancer(backends))
		must(t, err)
		expect(t, "the route's prefix", route.PrefixPath, test.prefix)
		expect(t, "the balancer's backend", route.Balancer.GetBackends()[0], backends[0])
		expect(t, "the balancer's kind", route.Balancer.Kind(), test.kind)
		found, known := manager.GetRoute(test.prefix)
		expect(t, "it is found", known && found == route, true)
		expect(t, "it is healthy", backends[0].IsHealthy(), true)
		expect(t, "its connections", backends[0].GetActiveConns(), 0)
		mux.Handle(test.prefix, route.Proxy)
	}
	url := serveWithGo(t, mux)
	for _, prefix := range []string{"/rr/", "/lc/", "/ip/"} {
		_, body := get(t, url+prefix)
		expect(t, "the answer", body, prefix+"\n")
	}
}

// Middleware stands before a route's Proxy under a server of Go's.
func TestTheSeedsMiddlewareGuardsAProxy(t *testing.T) {
	target, requests := newBackend(t, "backend")
	manager := newManager(t)
	route := addRoute(t, manager, "/x", target)
	guard := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	mark := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Marked", "1")
			next.ServeHTTP(w, r)
		})
	}
	url := serveWithGo(t, proxykit.Chain(route.Proxy, guard, mark))
	status, _ := get(t, url+"/x/")
	expect(t, "the status without a word", status, http.StatusUnauthorized)
	response, _ := fetch(t, "GET", url+"/x/", "", "Authorization", "me")
	expect(t, "the status", response.StatusCode, http.StatusOK)
	expect(t, "the mark", within(t, "the request", requests).Header.Get("X-Marked"), "1")
	expect(t, "the number of requests that came through", len(requests), 0)
}
