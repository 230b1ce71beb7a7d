// Backends come and go while the proxy serves; each line on standard input is the next step.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"

	"proxykit"
)

const prefix = "/proxy/"

var steps = bufio.NewScanner(os.Stdin)

func main() {
	manager := proxykit.NewRouteManager()
	defer manager.Close()
	_, err := manager.AddRouteWith(prefix, []string{"http://localhost:8081"}, proxykit.RouteOptions{})
	check(err)
	check(manager.Start("127.0.0.1:8080"))
	fmt.Println("listening on http://127.0.0.1:8080; press Enter for each step")

	steps.Scan()
	added, err := manager.AddBackends(prefix, []string{"http://localhost:8082"})
	check(err)
	fmt.Println("added:", added)
	list(manager)

	steps.Scan()
	removed, err := manager.RemoveBackends(prefix, []string{"http://localhost:8081"})
	check(err)
	fmt.Println("removed:", removed)
	list(manager)
}

func list(manager *proxykit.RouteManager) {
	steps.Scan()
	backends, err := manager.ListBackends(prefix)
	check(err)
	for _, backend := range backends {
		fmt.Println(backend.Target, "healthy:", backend.Healthy)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
