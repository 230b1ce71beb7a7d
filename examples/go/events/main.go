// Prints what happens, until SIGTERM or Ctrl-C.
package main

import (
	"context"
	"fmt"
	"log"
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
	events, err := manager.Events(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	targets := []string{"http://localhost:8081", "http://localhost:8082"}
	if _, err := manager.AddRouteWith("/proxy/", targets, proxykit.RouteOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := manager.Start("localhost:8080"); err != nil {
		log.Fatal(err)
	}

	ctx, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	context.AfterFunc(ctx, func() { manager.Stop(10 * time.Second) })

	// The channel is closed behind the last event.
	for event := range events {
		fmt.Println(event.Kind, event.Prefix, event.Target)
	}
}
