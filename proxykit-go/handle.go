package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"errors"
	"runtime"
	"sync"
)

// handle owns a manager of the core, and keeps calls and its end apart.
type handle struct {
	// Calls hold it for reading, so that many may be under way; only the end holds it alone.
	mutex   sync.RWMutex
	manager *C.pk_manager
}

func newHandle(options Options) (*handle, error) {
	h := new(handle)
	err := callCore(nil, func(c *call) C.pk_status {
		native := options.native(c)
		if c.refused != nil {
			return C.PK_OK
		}
		return C.pk_manager_new(native, &h.manager, &c.failure)
	})
	if err != nil {
		return nil, err
	}
	// The safety net for managers that nobody closed. The handle refers to nothing in Go, so that it is never part of
	// a cycle, whose finalizers would not run.
	runtime.SetFinalizer(h, func(h *handle) { _ = h.close() })
	return h, nil
}

// call calls the core, unless the manager was closed.
func (h *handle) call(body func(c *call) C.pk_status) error {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	if h.manager == nil {
		return closed()
	}
	return callCore(h.manager, body)
}

// close stops at once and frees. A second call does nothing.
func (h *handle) close() error {
	// Calls that wait for the end of the manager come back through this, and let go of the lock.
	if _, err := h.stop(0); err != nil && !errors.Is(err, ErrStopped) {
		return err
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.manager == nil {
		return nil
	}
	runtime.SetFinalizer(h, nil)
	err := callCore(nil, func(*call) C.pk_status { return C.pk_manager_free(h.manager) })
	if err == nil {
		h.manager = nil
	}
	return err
}

// stop ends the threads within the deadline and says how many requests were cut off.
func (h *handle) stop(deadline C.uint64_t) (int, error) {
	var cutOff C.size_t
	err := h.call(func(c *call) C.pk_status { return C.pk_stop(c.manager, deadline, &cutOff, &c.failure) })
	return int(cutOff), err
}

// wait waits until the manager is stopped.
func (h *handle) wait(timeout C.uint64_t) error {
	return h.call(func(c *call) C.pk_status { return C.pk_wait(c.manager, timeout, &c.failure) })
}
