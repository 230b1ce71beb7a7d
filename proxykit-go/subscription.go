package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// subscription is one of the core's, with a descriptor for Go's poller. One goroutine uses it and closes it.
type subscription[T any] struct {
	file *os.File
	// take gives what waits in it, or ErrTimedOut.
	take func() (T, error)
	free func()
}

// subscribe takes the core's subscription, which free frees, also if it fails. show gives its descriptor.
func subscribe[T any](show func(*call, *C.int) C.pk_status, take func() (T, error), free func()) (*subscription[T], error) {
	var descriptor C.int
	err := callCore(nil, func(c *call) C.pk_status { return show(c, &descriptor) })
	var file *os.File
	if err == nil {
		file, err = duplicate(int(descriptor))
	}
	if err != nil {
		free()
		return nil, err
	}
	return &subscription[T]{file, take, free}, nil
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

// run passes on what comes. Go's poller waits for the descriptor: no thread is parked in the core meanwhile.
func (s *subscription[T]) run(ctx context.Context, values chan<- T) {
	defer close(values)
	defer s.close()
	ends := context.AfterFunc(ctx, s.interrupt)
	defer ends()
	for {
		value, err := s.next()
		if err != nil {
			// It has ended, or the context has; in a forked child there is nothing to hear.
			return
		}
		select {
		case values <- value:
		case <-ctx.Done():
			return
		}
	}
}

// next waits for what comes next. ErrStopped is behind the last one.
func (s *subscription[T]) next() (value T, err error) {
	connection, err := s.file.SyscallConn()
	if err != nil {
		return value, err
	}
	interrupted := connection.Read(func(uintptr) bool {
		// The core is asked first: the poller tells only of what comes while it waits.
		value, err = s.take()
		return !errors.Is(err, ErrTimedOut)
	})
	if interrupted != nil {
		err = interrupted
	}
	return value, err
}

// interrupt ends the wait of the goroutine that uses it.
func (s *subscription[T]) interrupt() {
	// It fails if that goroutine has closed it already.
	_ = s.file.SetReadDeadline(time.Unix(1, 0))
}

func (s *subscription[T]) close() {
	// Nothing was written that could be lost.
	_ = s.file.Close()
	s.free()
}
