package proxykit

import (
	"errors"
	"fmt"
	"testing"
)

func TestSentinelsHaveTheCoresNamesAndNumbers(t *testing.T) {
	for _, sentinel := range []error{
		ErrInvalidUTF8, ErrInvalidArgument, ErrPanic,
		ErrInvalidPrefix, ErrInvalidTarget, ErrInvalidAddress, ErrInvalidOption,
		ErrInvalidCertificate,
		ErrRouteExists, ErrRouteNotFound, ErrBackendNotFound, ErrRouteIsHandler,
		ErrAddressInUse, ErrBindFailed, ErrNotStarted, ErrAlreadyStarted, ErrStopped, ErrForked, ErrStartFailed,
		ErrTimedOut,
	} {
		known := sentinel.(*Error)
		if name := statusName(known.Code); name != known.Name {
			t.Errorf("%d is %q here, and %q in the core", known.Code, known.Name, name)
		}
	}
}

func TestErrorsAreComparedByKind(t *testing.T) {
	_, err := parsePrefix("")
	wrapped := fmt.Errorf("adding a route: %w", err)
	if !errors.Is(wrapped, ErrInvalidPrefix) || errors.Is(wrapped, ErrInvalidTarget) {
		t.Errorf("%v is not told apart", wrapped)
	}
	var known *Error
	if !errors.As(wrapped, &known) || known.Code != 1101 || known.Name != "invalid_prefix" {
		t.Errorf("%#v is not the core's error", known)
	}
}
