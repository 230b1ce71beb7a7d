// A reverse proxy of Go's standard library, shaped like the library that Proxy Kit re-creates.
//
//	go-proxy --workers N --upstream http|h2c [--tls CHAIN KEY] PREFIX=HOST:PORT[,HOST:PORT…] …
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	settings, err := parse(os.Args[1:])
	if err != nil {
		log.Fatal("go-proxy: ", err)
	}
	runtime.GOMAXPROCS(settings.workers)
	if err := serve(settings); err != nil {
		log.Fatal("go-proxy: ", err)
	}
}

func serve(settings settings) error {
	transport := newTransport(settings.upstream)
	mux := http.NewServeMux()
	for _, route := range settings.routes {
		prefix, addresses, found := strings.Cut(route, "=")
		if !found {
			return fmt.Errorf("%q is not PREFIX=HOST:PORT", route)
		}
		var backends []*backend
		for address := range strings.SplitSeq(addresses, ",") {
			backends = append(backends, newBackend(address))
		}
		startHealthChecks(backends, 5*time.Second)
		mux.Handle(prefix, newProxy(&roundRobin{backends: backends}, transport))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening %s\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	if settings.chain != "" {
		return server.ServeTLS(listener, settings.chain, settings.key)
	}
	return server.Serve(listener)
}
