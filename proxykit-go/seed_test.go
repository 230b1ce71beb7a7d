package proxykit_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"proxykit"
)

// program is what a program of this kind looks like up to its last lines.
func program(t *testing.T, manager *proxykit.RouteManager, targets ...string) *http.ServeMux {
	t.Helper()
	const prefixPath = "/proxy/"
	backends, err := proxykit.ParseBackends(prefixPath, targets)
	must(t, err)
	must(t, proxykit.StartHealthChecks(backends, proxykit.HealthCheckConfig{Interval: 5 * time.Second}))
	route, err := manager.AddRoute(prefixPath, proxykit.NewRoundRobin(backends))
	must(t, err)

	mux := http.NewServeMux()
	mux.Handle(prefixPath, route.Proxy)
	mux.HandleFunc("/endpoints/add", manager.HandleAddBackends)
	mux.HandleFunc("/endpoints/remove", manager.HandleRemoveBackends)
	mux.HandleFunc("/endpoints/list", manager.HandleListBackends)
	mux.HandleFunc("/endpoints", manager.HandleGetBackend)
	mux.HandleFunc("/ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"message": "pong"}`))
	})
	return mux
}

// The program does the same whoever has the listening socket.
func TestTheSeedsProgram(t *testing.T) {
	for name, serve := range map[string]func(*testing.T, *proxykit.RouteManager, http.Handler) string{
		"with the core's listener": func(t *testing.T, manager *proxykit.RouteManager, handler http.Handler) string {
			return startWith(t, manager, handler)
		},
		"with Go's listener": func(t *testing.T, _ *proxykit.RouteManager, handler http.Handler) string {
			return serveWithGo(t, handler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, _ := newBackend(t, "first")
			second, _ := newBackend(t, "second")
			manager := newManager(t)
			url := serve(t, manager, program(t, manager, first))

			_, body := get(t, url+"/proxy/y")
			expect(t, "the first answer", body, "first\n")
			_, body = get(t, url+"/ping")
			expect(t, "the answer to a ping", body, `{"message": "pong"}`)

			manage(t, url+"/endpoints/add", second, `{"message":"Backends added successfully","addedCount":1}`)
			_, body = get(t, url+"/endpoints/list?prefixPath=/proxy/")
			list := `{"prefixPath":"/proxy/","targets":[{"target":"` + first + `","healthy":true},{"target":"` + second + `","healthy":true}]}`
			expect(t, "the list", strings.TrimSpace(body), list)
			answered := make(map[string]bool)
			for range 4 {
				_, body = get(t, url+"/proxy/")
				answered[body] = true
			}
			expect(t, "the number of backends that answer", len(answered), 2)

			manage(t, url+"/endpoints/remove", first, `{"message":"Backends removed successfully","removedCount":1}`)
			_, body = get(t, url+"/endpoints?prefixPath=/proxy/&target="+second)
			expect(t, "the second backend", strings.TrimSpace(body), `{"target":"`+second+`","healthy":true}`)
			for range 4 {
				_, body = get(t, url+"/proxy/")
				expect(t, "the answer", body, "second\n")
			}
		})
	}
}

func manage(t *testing.T, url, target, answer string) {
	t.Helper()
	_, body := fetch(t, "POST", url, `{"prefixPath": "/proxy/", "targets": ["`+target+`"]}`)
	expect(t, "the answer to "+url, strings.TrimSpace(body), answer)
}
