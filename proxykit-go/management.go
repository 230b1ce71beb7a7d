package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unsafe"
)

// mostBody is the largest body of a management call, as on the core's own listeners.
const mostBody = 1024 * 1024

// Reply is the answer to a management call: JSON in every case.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Allow is for the header of this name, with a status of 405.
	Allow string
	// Body is the JSON text.
	Body []byte
}

// Manage answers one call of the management API, for programs that serve it in their own way and decide there who may
// call. target is the path and the query: /endpoints/list?prefixPath=/x/.
//
// Errors: [ErrStopped] after Close. What is wrong with the call itself is told by the reply.
func (m *RouteManager) Manage(method, target string, body []byte) (Reply, error) {
	var reply Reply
	err := m.handle.call(func(c *call) C.pk_status {
		var native *C.pk_reply
		bytes := (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(body)))
		status := C.pk_manage(c.manager, c.text(method), c.text(target), bytes, C.size_t(len(body)), &native, &c.failure)
		if status != C.PK_OK {
			return status
		}
		defer C.pk_reply_free(native)
		reply.Status = int(C.pk_reply_status(native))
		reply.Body = []byte(C.GoString(C.pk_reply_body(native)))
		if allow := C.pk_reply_allow(native); allow != nil {
			reply.Allow = C.GoString(allow)
		}
		return C.PK_OK
	})
	return reply, err
}

// HandleAddBackends answers POST /endpoints/add. The program decides where it is mounted, and who may call.
func (m *RouteManager) HandleAddBackends(w http.ResponseWriter, r *http.Request) {
	m.handleManagement(w, r, "/endpoints/add")
}

// HandleRemoveBackends answers POST /endpoints/remove. The program decides where it is mounted, and who may call.
func (m *RouteManager) HandleRemoveBackends(w http.ResponseWriter, r *http.Request) {
	m.handleManagement(w, r, "/endpoints/remove")
}

// HandleListBackends answers GET /endpoints/list?prefixPath=. The program decides where it is mounted, and who may
// call.
func (m *RouteManager) HandleListBackends(w http.ResponseWriter, r *http.Request) {
	m.handleManagement(w, r, "/endpoints/list")
}

// HandleGetBackend answers GET /endpoints?prefixPath=&target=. The program decides where it is mounted, and who may
// call.
func (m *RouteManager) HandleGetBackend(w http.ResponseWriter, r *http.Request) {
	m.handleManagement(w, r, "/endpoints")
}

func (m *RouteManager) handleManagement(w http.ResponseWriter, r *http.Request, target string) {
	reply, err := m.manage(w, r, target)
	if err != nil {
		reply = replyOf(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if reply.Allow != "" {
		w.Header().Set("Allow", reply.Allow)
	}
	w.WriteHeader(reply.Status)
	// A client that is gone does not read it.
	_, _ = w.Write(reply.Body)
}

func (m *RouteManager) manage(w http.ResponseWriter, r *http.Request, target string) (Reply, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		return Reply{}, err
	}
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	return m.Manage(r.Method, target, body)
}

// replyOf reports a call that did not reach the core, in the core's own form.
func replyOf(err error) Reply {
	status, name, message := http.StatusBadRequest, "invalid_request", "the body broke off"
	known, tooLarge := (*Error)(nil), (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &tooLarge):
		status, name = http.StatusRequestEntityTooLarge, "body_too_large"
		message = fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, ErrStopped):
		status, name, message = http.StatusServiceUnavailable, "stopped", err.Error()
	case errors.As(err, &known):
		name, message = known.Name, known.Message
	}
	body, err := json.Marshal(map[string]any{"error": map[string]string{"code": name, "message": message}})
	if err != nil {
		// Strings in maps: nothing that JSON cannot say.
		body = nil
	}
	return Reply{Status: status, Body: append(body, '\n')}
}
