package proxykit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// entry is the way from the handlers of routes to the core.
type entry struct{ manager *RouteManager }

// RoundTrip sends a request to the core's listener, which it makes if there is none.
func (e entry) RoundTrip(request *http.Request) (*http.Response, error) {
	transport := e.manager.entry.Load()
	if transport == nil {
		var err error
		if transport, err = e.manager.openEntry(); err != nil {
			return nil, err
		}
	}
	return transport.RoundTrip(request)
}

func (m *RouteManager) openEntry() (*http.Transport, error) {
	m.starting.Lock()
	defer m.starting.Unlock()
	if transport := m.entry.Load(); transport != nil {
		return transport, nil
	}
	if m.certificates != "" {
		// The core would take this program for its client, and say https of clients that are not.
		rule := "a server that mounts handlers speaks TLS itself"
		return nil, invalidOption("tls_certificates", strconv.Quote(m.certificates), rule)
	}
	if !m.started {
		if err := m.startPrivately(); err != nil {
			return nil, err
		}
	}
	address, err := m.Address()
	if err != nil {
		return nil, err
	}
	transport := transportTo(address)
	m.entry.Store(transport)
	return transport, nil
}

// startPrivately starts the core behind a socket that only this user can reach.
func (m *RouteManager) startPrivately() error {
	directory := privateName()
	if err := os.Mkdir(directory, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	err := m.start("unix:"+filepath.Join(directory, "socket"), func() { removeDirectory(directory) })
	if err != nil {
		removeDirectory(directory)
	}
	return err
}

// transportTo sends all requests to one listener of the core, whatever their URLs say.
func transportTo(address string) *http.Transport {
	network := "tcp"
	if path, found := strings.CutPrefix(address, "unix:"); found {
		network, address = "unix", path
	}
	dialer := new(net.Dialer)
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		// Answers go through as they are.
		DisableCompression:  true,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     30 * time.Second,
	}
}

// answerError reports an error in the form of the core's own reports.
func answerError(w http.ResponseWriter, _ *http.Request, err error) {
	status, name, summary := http.StatusBadGateway, "connect_failed", "the proxy's core cannot be reached"
	if known := (*Error)(nil); errors.As(err, &known) {
		status, name, summary = http.StatusServiceUnavailable, known.Name, known.Message
	}
	report(w, status, "proxy_internal_error", name, summary)
}
