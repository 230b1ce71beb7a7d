package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Start starts the threads and accepts connections at listen: HOST:PORT (port 0 for a free one; an empty host is every
// address of the machine) or unix:PATH. It does not wait.
//
// fd:N is a socket that listens already, TCP or unix, under the descriptor N, as [net.TCPListener.File] gives it; systemd
// or systemd:NAME is one that systemd handed to the process. The descriptor stays the program's, which may close it once
// Start has returned: what is accepted from is a copy, and as long as another one is open the socket goes on listening
// after Stop.
//
// With an empty listen there is no listener: only what runs beside the requests is started, which is the health checks
// and a management listener of its own.
//
// Errors: [ErrInvalidAddress], [ErrAddressInUse], [ErrBindFailed], [ErrStartFailed]: nothing runs then, and Start may
// be called again. [ErrAlreadyStarted], [ErrStopped].
func (m *RouteManager) Start(listen string) error {
	m.starting.Lock()
	defer m.starting.Unlock()
	return m.start(listen, func() {})
}

// start has ended called once the manager has stopped. The caller holds the lock of starting.
func (m *RouteManager) start(listen string, ended func()) error {
	if !m.started {
		if err := m.host.open(); err != nil {
			return err
		}
	}
	err := m.handle.call(func(c *call) C.pk_status {
		var address *C.char
		if listen != "" {
			address = c.text(listen)
		}
		if c.refused != nil {
			return C.PK_OK
		}
		return C.pk_start(c.manager, address, &c.failure)
	})
	if err != nil {
		if !m.started {
			m.host.close()
		}
		return err
	}
	m.started = true
	// It keeps the manager alive while it runs, at the price of one parked thread.
	go func() {
		// A manager that was closed before this began has stopped as well.
		if err := m.handle.wait(C.PK_FOREVER); !errors.Is(err, ErrStopped) {
			m.stopError = err
		}
		m.host.end()
		ended()
		close(m.stopped)
	}()
	return nil
}

// ReloadCertificates reads the files of the options tls_certificates, tls_keys and client_ca again. New connections use
// what they hold now; those that stand go on with what they began with. Without certificates there is nothing to do.
//
// Errors: [ErrInvalidCertificate], with the file in the message: all that was in force stays so. [ErrStopped] after
// Close.
func (m *RouteManager) ReloadCertificates() error {
	return m.handle.call(func(c *call) C.pk_status {
		return C.pk_manager_reload_certificates(c.manager, &c.failure)
	})
}

// Address is where connections are accepted: 127.0.0.1:8080, or unix:PATH. With port 0, the port that was given.
//
// Errors: [ErrNotStarted] before Start, or if it was started without a listener.
func (m *RouteManager) Address() (string, error) {
	return m.address(func(c *call, text **C.char) C.pk_status {
		return C.pk_address(c.manager, text, &c.failure)
	})
}

// ManagementAddress is where the management API has a listener of its own.
//
// Errors: [ErrNotStarted] before Start, or if it has none.
func (m *RouteManager) ManagementAddress() (string, error) {
	return m.address(func(c *call, text **C.char) C.pk_status {
		return C.pk_management_address(c.manager, text, &c.failure)
	})
}

func (m *RouteManager) address(ask func(c *call, text **C.char) C.pk_status) (string, error) {
	var text *C.char
	if err := m.handle.call(func(c *call) C.pk_status { return ask(c, &text) }); err != nil {
		return "", err
	}
	return takeString(text), nil
}

// Wait waits until the manager is stopped, or the context is done.
//
// Errors: [ErrTimedOut] if the context's deadline passed, which is [context.DeadlineExceeded] as well; the context's
// own error if it was cancelled; [ErrNotStarted].
func (m *RouteManager) Wait(ctx context.Context) error {
	if !m.wasStarted() {
		// It answers at once: not started, or stopped before it ever ran.
		return m.handle.wait(0)
	}
	select {
	case <-m.stopped:
		return m.stopError
	case <-ctx.Done():
		return errorOf(ctx)
	}
}

// errorOf is the error of a context that is done.
func errorOf(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrTimedOut, ctx.Err())
	}
	return ctx.Err()
}

// Serve is [RouteManager.Start] and [RouteManager.Wait] in one. It returns nil once the manager is stopped.
//
// Errors: as Start.
func (m *RouteManager) Serve(listen string) error {
	if err := m.Start(listen); err != nil {
		return err
	}
	return m.Wait(context.Background())
}

// Stop accepts no more connections, lets requests and tunnels finish until the deadline, closes the rest, and ends the
// threads. It says how many requests and tunnels were cut off; a manager that does not run cuts none.
//
// It may be called any number of times, also while another call waits: the earliest deadline counts.
//
// Errors: [ErrStopped] after Close.
func (m *RouteManager) Stop(deadline time.Duration) (cutOff int, err error) {
	cutOff, err = m.handle.stop(milliseconds(deadline))
	if err == nil {
		m.waitForEnd()
	}
	return cutOff, err
}

// Shutdown is [RouteManager.Stop] with a context for a deadline: requests and tunnels may finish until it is done, and the rest is
// closed then. It returns nil if none was cut off.
//
// Errors: if some were, how many, and the context's error: [ErrTimedOut] if its deadline passed, which is
// [context.DeadlineExceeded] as well. That of another call of Stop may have cut them off: [ErrTimedOut]. [ErrStopped] after
// Close.
func (m *RouteManager) Shutdown(ctx context.Context) error {
	// The earliest deadline of all calls counts. What the second one answers, the first one answers too.
	ended := context.AfterFunc(ctx, func() { _, _ = m.Stop(0) })
	defer ended()
	cutOff, err := m.Stop(longest)
	if err != nil || cutOff == 0 {
		return err
	}
	cause := error(ErrTimedOut)
	if ctx.Err() != nil {
		cause = errorOf(ctx)
	}
	return fmt.Errorf("%w (requests cut off: %d)", cause, cutOff)
}

// longest is the longest time that the core takes.
const longest = 10 * 365 * 24 * time.Hour

var _ io.Closer = (*RouteManager)(nil)

// Close stops at once and frees the manager. Calls that wait come back; later calls answer [ErrStopped], and another
// Close does nothing.
func (m *RouteManager) Close() error {
	if err := m.handle.close(); err != nil {
		return err
	}
	m.waitForEnd()
	return nil
}

// waitForEnd waits for what runs for a manager that has stopped.
func (m *RouteManager) waitForEnd() {
	if m.wasStarted() {
		<-m.stopped
	}
	m.waitForLogger()
}

func (m *RouteManager) wasStarted() bool {
	m.starting.Lock()
	defer m.starting.Unlock()
	return m.started
}
