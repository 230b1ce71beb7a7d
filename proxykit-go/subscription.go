package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// subscription is one of the core's, with a descriptor for Go's poller. One goroutine uses it and closes it.
type subscription struct {
	native *C.pk_events
	file   *os.File
}

// newSubscription takes the core's subscription, also if it fails.
func newSubscription(native *C.pk_events) (*subscription, error) {
	var descriptor C.int
	err := callCore(nil, func(c *call) C.pk_status { return C.pk_events_fd(native, &descriptor, &c.failure) })
	var file *os.File
	if err == nil {
		file, err = duplicate(int(descriptor))
	}
	if err != nil {
		C.pk_events_free(native)
		return nil, err
	}
	return &subscription{native, file}, nil
}

// duplicate gives a descriptor of Go's own: the core closes the other one itself.
func duplicate(descriptor int) (*os.File, error) {
	// A program that another goroutine starts meanwhile must not inherit it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	own, err := syscall.Dup(descriptor)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	syscall.CloseOnExec(own)
	return os.NewFile(uintptr(own), "proxykit-events"), nil
}

// interrupt ends the wait of the goroutine that uses it.
func (s *subscription) interrupt() {
	// It fails if that goroutine has closed it already.
	_ = s.file.SetReadDeadline(time.Unix(1, 0))
}

func (s *subscription) close() {
	// Nothing was written that could be lost.
	_ = s.file.Close()
	C.pk_events_free(s.native)
}
