// A proxy before two servers, beside paths that the program answers itself, until SIGTERM or Ctrl-C.
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
	manager, err := proxykit.NewManager(proxykit.Options{Management: "same"})
	if err != nil {
		log.Fatal(err)
	}
	targets := []string{"http://localhost:8081", "http://localhost:8082"}
	if _, err := manager.AddRouteWith("/proxy/", targets, proxykit.RouteOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := manager.HandleFunc("/ping", ping); err != nil {
		log.Fatal(err)
	}
	if err := manager.HandleFunc("/clock", clock); err != nil {
		log.Fatal(err)
	}
	if err := manager.Start("localhost:8080"); err != nil {
		log.Fatal(err)
	}
	log.Print("listening on http://localhost:8080")

	asked, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	<-asked.Done()
	// Requests in flight have ten seconds to finish.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := manager.Shutdown(ctx); err != nil {
		log.Print(err)
	}
}

func ping(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "pong")
}

// clock tells the time once a second, until its client goes.
func clock(w http.ResponseWriter, r *http.Request) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case now := <-ticks.C:
			fmt.Fprintln(w, now.Format(time.TimeOnly))
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
