// Writes what happens to a logger of log/slog, until SIGTERM or Ctrl-C.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
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
	if err := manager.SetLogger(slog.New(slog.NewTextHandler(os.Stdout, nil))); err != nil {
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
	<-ctx.Done()
	// It returns behind the last line.
	if _, err := manager.Stop(10 * time.Second); err != nil {
		log.Fatal(err)
	}
}
