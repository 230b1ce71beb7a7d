package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// Error is what the core answers when a call fails.
type Error struct {
	// Code is the stable number, the same in every language: 1201.
	Code int
	// Name is the stable name, the same in every language: "route_exists".
	Name string
	// Message is a sentence for people that names the value that was wrong.
	Message string
}

// Error gives the message.
func (e *Error) Error() string {
	return e.Message
}

// Is reports whether target is an [*Error] of the same kind, whatever their messages say, or what the standard library has
// for it: [syscall.EADDRINUSE] for [ErrAddressInUse], [net.ErrClosed] for [ErrStopped], [os.ErrDeadlineExceeded] for
// [ErrTimedOut].
func (e *Error) Is(target error) bool {
	if other, ok := target.(*Error); ok {
		return other.Code == e.Code
	}
	switch e.Code {
	case C.PK_ERR_ADDRESS_IN_USE:
		return target == syscall.EADDRINUSE
	case C.PK_ERR_STOPPED:
		return target == net.ErrClosed
	case C.PK_ERR_TIMED_OUT:
		return target == os.ErrDeadlineExceeded
	}
	return false
}

// The kinds of error that a call may answer, for [errors.Is]. They are [*Error]s.
var (
	// ErrInvalidUTF8: a string is not UTF-8.
	ErrInvalidUTF8 error = &Error{C.PK_ERR_INVALID_UTF8, "invalid_utf8", "a string is not UTF-8"}
	// ErrInvalidArgument: an argument is out of its range.
	ErrInvalidArgument error = &Error{C.PK_ERR_INVALID_ARGUMENT, "invalid_argument", "an argument is out of its range"}
	// ErrPanic: a defect of the core, caught at its boundary.
	ErrPanic error = &Error{C.PK_ERR_PANIC, "panic", "an internal error (a panic was caught)"}

	// ErrInvalidPrefix: a route's prefix is not a path prefix.
	ErrInvalidPrefix error = &Error{C.PK_ERR_INVALID_PREFIX, "invalid_prefix", "the prefix is not a path prefix"}
	// ErrInvalidTarget: a target is not a URL that can be sent to.
	ErrInvalidTarget error = &Error{C.PK_ERR_INVALID_TARGET, "invalid_target", "the target is not a URL that can be sent to"}
	// ErrInvalidAddress: an address to listen on cannot be read.
	ErrInvalidAddress error = &Error{C.PK_ERR_INVALID_ADDRESS, "invalid_address", "the address to listen on cannot be read"}
	// ErrInvalidOption: an option's value is out of its range.
	ErrInvalidOption error = &Error{C.PK_ERR_INVALID_OPTION, "invalid_option", "an option's value is out of its range"}
	// ErrInvalidCertificate: a certificate's or key's file is missing or no PEM, it has expired, or the two are no pair.
	ErrInvalidCertificate error = &Error{C.PK_ERR_INVALID_CERTIFICATE, "invalid_certificate", "a certificate or its key cannot be used"}

	// ErrRouteExists: there is a route with this prefix already.
	ErrRouteExists error = &Error{C.PK_ERR_ROUTE_EXISTS, "route_exists", "the route exists already"}
	// ErrRouteNotFound: there is no route with this prefix.
	ErrRouteNotFound error = &Error{C.PK_ERR_ROUTE_NOT_FOUND, "route_not_found", "there is no such route"}
	// ErrBackendNotFound: the route has no backend with this target.
	ErrBackendNotFound error = &Error{C.PK_ERR_BACKEND_NOT_FOUND, "backend_not_found", "the route has no such backend"}
	// ErrRouteIsHandler: the route has a handler, and takes no backends.
	ErrRouteIsHandler error = &Error{C.PK_ERR_ROUTE_IS_HANDLER, "route_is_handler", "the route has a handler, and takes no backends"}

	// ErrAddressInUse: the address to listen on is in use.
	ErrAddressInUse error = &Error{C.PK_ERR_ADDRESS_IN_USE, "address_in_use", "the address to listen on is in use"}
	// ErrBindFailed: the address to listen on cannot be bound for another reason.
	ErrBindFailed error = &Error{C.PK_ERR_BIND_FAILED, "bind_failed", "the address to listen on cannot be bound"}
	// ErrNotStarted: the call needs a manager that was started.
	ErrNotStarted error = &Error{C.PK_ERR_NOT_STARTED, "not_started", "the manager was not started"}
	// ErrAlreadyStarted: the manager was started before.
	ErrAlreadyStarted error = &Error{C.PK_ERR_ALREADY_STARTED, "already_started", "the manager was started already"}
	// ErrStopped: the manager was stopped or closed, and does not start again.
	ErrStopped error = &Error{C.PK_ERR_STOPPED, "stopped", "the manager was stopped"}
	// ErrForked: this process is a fork of the one that started the manager.
	ErrForked error = &Error{C.PK_ERR_FORKED, "forked", "the manager was started before this process was forked"}
	// ErrStartFailed: the operating system gave no thread, no event queue, or no descriptor.
	ErrStartFailed error = &Error{C.PK_ERR_START_FAILED, "start_failed", "the threads could not be started"}
	// ErrTimedOut: the time that the caller gave ran out.
	ErrTimedOut error = &Error{C.PK_ERR_TIMED_OUT, "timed_out", "the time ran out"}
)

func invalidArgument(format string, values ...any) error {
	return &Error{C.PK_ERR_INVALID_ARGUMENT, "invalid_argument", fmt.Sprintf(format, values...)}
}

func invalidOption(name string, value any, rule string) error {
	return &Error{C.PK_ERR_INVALID_OPTION, "invalid_option", fmt.Sprintf("invalid %s %v: %s", name, value, rule)}
}

func invalidAddress(address, why string) error {
	return &Error{C.PK_ERR_INVALID_ADDRESS, "invalid_address", fmt.Sprintf("invalid address %q: %s", address, why)}
}

func invalidTarget(target string, why any) error {
	return &Error{C.PK_ERR_INVALID_TARGET, "invalid_target", fmt.Sprintf("invalid target %q: %v", target, why)}
}

func routeExists(why string) error {
	return &Error{C.PK_ERR_ROUTE_EXISTS, "route_exists", why}
}

func routeIsHandler(prefix string) error {
	return &Error{C.PK_ERR_ROUTE_IS_HANDLER, "route_is_handler", fmt.Sprintf("the route %q has a handler, and takes no backends", prefix)}
}

func closed() error {
	return &Error{C.PK_ERR_STOPPED, "stopped", "the manager was closed"}
}
