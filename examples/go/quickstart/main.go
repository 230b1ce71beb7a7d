// A proxy before two servers, beside the program's own handlers, until SIGTERM or Ctrl-C.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"proxykit"
)

func main() {
	const prefix = "/proxy/"
	manager := proxykit.NewRouteManager()

	// A route: its backends, how they are checked, how one is picked.
	backends, err := proxykit.ParseBackends(prefix, []string{"http://localhost:8081", "http://localhost:8082"})
	if err != nil {
		log.Fatal(err)
	}
	proxykit.StartHealthChecks(backends, proxykit.HealthCheckConfig{Interval: 5 * time.Second})
	route, err := manager.AddRoute(prefix, proxykit.NewRoundRobin(backends))
	if err != nil {
		log.Fatal(err)
	}

	// The route, its management, and what else the program serves.
	mux := http.NewServeMux()
	mux.Handle(prefix, route.Proxy)
	mux.HandleFunc("/endpoints/add", manager.HandleAddBackends)
	mux.HandleFunc("/endpoints/remove", manager.HandleRemoveBackends)
	mux.HandleFunc("/endpoints/list", manager.HandleListBackends)
	mux.HandleFunc("/endpoints", manager.HandleGetBackend)
	mux.HandleFunc("/ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"message": "pong"}`)
	})

	// Requests in flight have ten seconds to finish.
	ctx, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	context.AfterFunc(ctx, func() { manager.Stop(10 * time.Second) })

	log.Print("listening on http://localhost:8080")
	if err := manager.ListenAndServe("localhost:8080", mux); err != nil {
		log.Fatal(err)
	}
}
