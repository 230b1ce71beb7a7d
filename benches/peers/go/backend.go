package main

import (
	"net"
	"net/url"
	"sync/atomic"
	"time"
)

type backend struct {
	url      *url.URL
	healthy  atomic.Bool
	requests atomic.Int64
}

func newBackend(address string) *backend {
	made := &backend{url: &url.URL{Scheme: "http", Host: address}}
	made.healthy.Store(true)
	return made
}

type roundRobin struct {
	backends []*backend
	turn     atomic.Uint64
}

// next is the next healthy backend, or nil.
func (r *roundRobin) next() *backend {
	for range r.backends {
		picked := r.backends[(r.turn.Add(1)-1)%uint64(len(r.backends))]
		if picked.healthy.Load() {
			return picked
		}
	}
	return nil
}

func startHealthChecks(backends []*backend, interval time.Duration) {
	for _, checked := range backends {
		go func() {
			for range time.Tick(interval) {
				connection, err := net.DialTimeout("tcp", checked.url.Host, 2*time.Second)
				checked.healthy.Store(err == nil)
				if err == nil {
					connection.Close()
				}
			}
		}()
	}
}
