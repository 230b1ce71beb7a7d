package proxykit_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"proxykit"
)

func Example() {
	manager := proxykit.NewRouteManager()
	defer manager.Close()
	targets := []string{"http://localhost:8081", "http://localhost:8082"}
	if _, err := manager.AddRouteWith("/api/", targets, proxykit.RouteOptions{}); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "pong") })
	// Requests for /api/ go to the backends, all others to mux.
	if err := manager.ListenAndServe(":8080", mux); err != nil {
		log.Fatal(err)
	}
}

func ExampleRouteManager_AddRouteWith() {
	manager := proxykit.NewRouteManager()
	defer manager.Close()
	_, err := manager.AddRouteWith("/files", []string{"http://localhost:8081"}, proxykit.RouteOptions{
		Balancer:       proxykit.BalancerLeastConnections,
		StripPrefix:    proxykit.Off,
		HealthInterval: time.Second,
		HealthFall:     3,
	})
	fmt.Println(err)
	_, err = manager.AddRouteWith("/files/", nil, proxykit.RouteOptions{})
	fmt.Println(errors.Is(err, proxykit.ErrRouteExists), err)
	// Output:
	// <nil>
	// true there is a route "/files/" already
}

func ExampleRouteManager_AddBackends() {
	manager := proxykit.NewRouteManager()
	defer manager.Close()
	if _, err := manager.AddRouteWith("/api/", []string{"http://localhost:8081"}, proxykit.RouteOptions{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(manager.AddBackends("/api/", []string{"http://localhost:8081", "http://localhost:8082"}))
	fmt.Println(manager.RemoveBackends("/api/", []string{"http://localhost:8081"}))
	backends, err := manager.ListBackends("/api/")
	fmt.Println(len(backends), backends[0].Target, backends[0].Healthy, err)
	// Output:
	// 1 <nil>
	// 1 <nil>
	// 1 http://localhost:8082 true <nil>
}

func ExampleChain() {
	logged := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			log.Print(r.Method, " ", r.URL.Path)
			next.ServeHTTP(w, r)
		})
	}
	limited := func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 1<<20) }
	http.Handle("/of-the-example", proxykit.Chain(http.NotFoundHandler(), logged, limited))
}

func ExampleAnyRelativePath() {
	fmt.Println(proxykit.AnyRelativePath("/api/"))
	// Output: /api/*path
}
