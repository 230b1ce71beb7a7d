// A proxy in a Go program, until SIGTERM; called as the C program bench_host is.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"proxykit"
)

func main() {
	log.SetFlags(0)
	if err := serve(os.Args[1:]); err != nil {
		log.Fatal("bench_host: ", err)
	}
}

func serve(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("usage: LISTEN ROUTES [NAME=VALUE …]")
	}
	ctx, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	manager, err := proxykit.NewManager(proxykit.Options{Settings: settings(arguments[2:])})
	if err != nil {
		return err
	}
	routes, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	for _, route := range strings.Split(strings.TrimSpace(string(routes)), "\n") {
		if err := addRoute(manager, strings.Fields(route)); err != nil {
			return err
		}
	}
	if err := manager.Start(arguments[0]); err != nil {
		return err
	}
	address, err := manager.Address()
	if err != nil {
		return err
	}
	fmt.Printf("listening %s\n", address)
	<-ctx.Done()
	_, err = manager.Stop(time.Second)
	return err
}

// addRoute takes a prefix, its options as NAME=VALUE, and its targets.
func addRoute(manager *proxykit.RouteManager, words []string) error {
	if len(words) == 0 {
		return errors.New("a route without a prefix")
	}
	options, targets := words[1:], []string{}
	for index, word := range options {
		if strings.Contains(word, "://") {
			options, targets = options[:index], options[index:]
			break
		}
	}
	_, err := manager.AddRouteWith(words[0], targets, proxykit.RouteOptions{Settings: settings(options)})
	return err
}

func settings(words []string) map[string]string {
	found := make(map[string]string, len(words))
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		found[name] = value
	}
	return found
}
