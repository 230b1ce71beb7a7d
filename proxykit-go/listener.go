package proxykit

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// StartListener is [RouteManager.Start] with a socket that the program listens on already: a [*net.TCPListener] or a
// [*net.UnixListener], wherever it comes from ([net.Listen], a [net.ListenConfig], [net.FileListener] with a descriptor that
// was handed to the process).
//
// The listener stays the program's. The manager accepts from a copy of its descriptor, so that the program may close it once
// StartListener has returned, and does well to: as long as it is open, Go's poller wakes for each connection, and the socket goes
// on listening after Stop, for whoever accepts from it next. Closing a [*net.UnixListener] does not remove the socket's
// file any more, since clients look for it: when nobody needs it, the program removes it.
//
// A listener of another type would be passed by with all that it does (TLS, limits), and is refused; for TLS there is the
// option tls_certificates.
//
// Errors: [ErrInvalidArgument] for a listener of another type, with its name in the message, and for one that is closed, which is
// [net.ErrClosed] as well; [ErrBindFailed] if the socket is none of a stream. As Start otherwise.
func (m *RouteManager) StartListener(listener net.Listener) error {
	return withDescriptor(listener, m.Start)
}

// ServeListener is [RouteManager.ListenAndServe] with a socket that the program listens on already, as
// [RouteManager.StartListener] takes one.
//
// Errors: as both.
func (m *RouteManager) ServeListener(listener net.Listener, handler http.Handler) error {
	err := withDescriptor(listener, func(address string) error { return m.StartWith(address, handler) })
	if err != nil {
		return err
	}
	return m.Wait(context.Background())
}

// withDescriptor calls start with the listener's descriptor as an address. The descriptor is not duplicated by File, which may
// make the socket a blocking one for the listener too.
func withDescriptor(listener net.Listener, start func(address string) error) error {
	var connection interface{ Control(func(uintptr)) error }
	var err error
	switch listener := listener.(type) {
	case *net.TCPListener:
		connection, err = listener.SyscallConn()
	case *net.UnixListener:
		connection, err = listener.SyscallConn()
	default:
		return invalidArgument("a listener of the type %T has no socket that could be served without it: "+
			"it must be a *net.TCPListener or a *net.UnixListener", listener)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", invalidArgument("the listener has no socket"), err)
	}
	var failed error
	if err := connection.Control(func(descriptor uintptr) { failed = start(fmt.Sprintf("fd:%d", descriptor)) }); err != nil {
		return fmt.Errorf("%w: %w", invalidArgument("the listener has no socket"), err)
	}
	if unix, ok := listener.(*net.UnixListener); ok && failed == nil {
		unix.SetUnlinkOnClose(false)
	}
	return failed
}
