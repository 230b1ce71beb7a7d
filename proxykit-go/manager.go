package proxykit

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// RouteManager is a reverse proxy inside this program: its routes, its listeners, its threads.
//
// A program may have many. Routes and backends may be changed before it starts, while it runs, and after it stopped.
// Threads exist from the start to the stop only. A manager that runs stays until it is stopped; one that does not is
// freed when nothing refers to it any more, or at once by [RouteManager.Close].
type RouteManager struct {
	handle     *handle
	forwarding forwarding
	// The certificates that its own listener shows; with one, handlers have no way in.
	certificates string

	// Held while it starts and while handlers come and go; guards started.
	starting sync.Mutex
	started  bool
	// What serves the handlers.
	host *hostServer
	// Whether clients have addresses where the core listens. It need not be seen in what was given to Start; the core
	// answers once it has begun, and so to the first request.
	clientsHaveAddresses func() bool
	// The way from the handlers of routes to the core's listener; nil until the first of them needs it.
	entry atomic.Pointer[http.Transport]

	// Closed when a manager that was started has stopped, and all that ran for it; stopError is set before.
	stopped   chan struct{}
	stopError error

	// Guards what follows.
	mutex sync.Mutex
	// Those that this package handed out.
	routes map[string]*Route
	// Ends the logger that was set, if one was.
	endLogging context.CancelFunc
	// Closed when that logger has been given all that it will be.
	logged chan struct{}
	logger atomic.Pointer[slog.Logger]
}

// Manager is the name that the manager has in the other languages.
type Manager = RouteManager

// NewManager makes a manager without routes. No thread, socket or file is made before it starts.
//
// Errors: [ErrInvalidOption], with the option and its value in the message; [ErrInvalidCertificate], with the file.
func NewManager(options Options) (*RouteManager, error) {
	handle, err := newHandle(options)
	if err != nil {
		return nil, err
	}
	m := &RouteManager{
		handle:       handle,
		forwarding:   newForwarding(options),
		certificates: options.Settings["tls_certificates"],
		stopped:      make(chan struct{}),
		routes:       make(map[string]*Route),
	}
	m.host = newHostServer(log.New(handlerLog{m}, "", 0))
	m.clientsHaveAddresses = sync.OnceValue(func() bool {
		address, err := m.Address()
		return err == nil && !strings.HasPrefix(address, "unix:")
	})
	return m, nil
}

// NewRouteManager makes a manager whose core serves no management API: the program mounts the Handle methods where
// it wants them, and decides who may call.
func NewRouteManager() *RouteManager {
	manager, err := NewManager(Options{Management: "off"})
	if err != nil {
		// Nothing was given that could be wrong.
		panic("proxykit: a manager cannot be made: " + err.Error())
	}
	return manager
}
