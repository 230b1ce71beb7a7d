package main

import (
	"context"
	"log"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

type pickKey struct{}

// newProxy makes the handler of a route: who is next gets the request, with its path as it is.
func newProxy(balancer *roundRobin, transport http.RoundTripper) http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		// Answers of gRPC and of events are passed on as they come.
		FlushInterval: -1,
		BufferPool:    &buffers{sync.Pool{New: func() any { return make([]byte, 32<<10) }}},
		Rewrite: func(request *httputil.ProxyRequest) {
			picked := request.In.Context().Value(pickKey{}).(*backend)
			request.SetURL(picked.url)
			request.Out.Host = request.In.Host
			request.Out.Header["X-Forwarded-For"] = request.In.Header["X-Forwarded-For"]
			request.SetXForwarded()
		},
		ErrorHandler: func(writer http.ResponseWriter, request *http.Request, err error) {
			log.Printf("%s: %v", request.URL.Path, err)
			writer.WriteHeader(http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		picked := balancer.next()
		if picked == nil {
			http.Error(writer, "no healthy backend", http.StatusServiceUnavailable)
			return
		}
		picked.requests.Add(1)
		defer picked.requests.Add(-1)
		proxy.ServeHTTP(writer, request.WithContext(context.WithValue(request.Context(), pickKey{}, picked)))
	})
}

// newTransport keeps as many connections as there are clients: the default of two would open one for nearly each request.
func newTransport(upstream string) http.RoundTripper {
	transport := &http.Transport{
		MaxIdleConnsPerHost:   2000,
		IdleConnTimeout:       time.Minute,
		ResponseHeaderTimeout: time.Minute,
		DisableCompression:    true,
	}
	if upstream == "h2c" {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	return transport
}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte       { return b.pool.Get().([]byte) }
func (b *buffers) Put(buffer []byte) { b.pool.Put(buffer) }
