package proxykit

/*
#cgo CFLAGS: -I${SRCDIR}/../include
#cgo LDFLAGS: -L${SRCDIR}/../target/release -l:libproxykit.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
#include <stdlib.h>
#include "proxykit.h"
*/
import "C"

import (
	"strings"
	"unsafe"
)

// call is one call of the core: who is called, what it was given, and how it failed.
//
// The error comes back from the call itself. A "last error" of the thread would be lost, since a goroutine may go on
// on another thread.
type call struct {
	manager *C.pk_manager
	failure *C.pk_error
	memory  []unsafe.Pointer
	// What Go itself found wrong with what was given.
	refused error
}

// callCore runs body with memory that lives as long as the call.
func callCore(manager *C.pk_manager, body func(c *call) C.pk_status) error {
	c := &call{manager: manager}
	defer c.free()
	status := body(c)
	if c.refused != nil {
		return c.refused
	}
	return c.result(status)
}

// refuse notes what is wrong with what was given. A call whose arguments may be NULL looks at refused before it goes
// into the core; the core itself refuses NULL for the others.
func (c *call) refuse(err error) {
	c.refused = err
}

// text gives a string to the core: NULL for one with a NUL byte, which the core would take for the end.
func (c *call) text(text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 {
		c.refuse(invalidArgument("%q has a NUL byte", text))
		return nil
	}
	pointer := C.CString(text)
	c.memory = append(c.memory, unsafe.Pointer(pointer))
	return pointer
}

// texts gives a list of strings to the core.
func (c *call) texts(texts []string) (**C.char, C.size_t) {
	if len(texts) == 0 {
		return nil, 0
	}
	array := C.malloc(C.size_t(len(texts)) * C.size_t(unsafe.Sizeof((*C.char)(nil))))
	c.memory = append(c.memory, array)
	pointers := unsafe.Slice((**C.char)(array), len(texts))
	for index, text := range texts {
		pointers[index] = c.text(text)
	}
	return (**C.char)(array), C.size_t(len(texts))
}

func (c *call) free() {
	for _, pointer := range c.memory {
		C.free(pointer)
	}
}

// result turns what the core answered into an error of Go.
func (c *call) result(status C.pk_status) error {
	if status == C.PK_OK {
		return nil
	}
	if c.failure == nil {
		name := statusName(int(status))
		return &Error{int(status), name, name}
	}
	defer C.pk_error_free(c.failure)
	return &Error{
		Code:    int(C.pk_error_code(c.failure)),
		Name:    C.GoString(C.pk_error_name(c.failure)),
		Message: C.GoString(C.pk_error_message(c.failure)),
	}
}

// statusName is the name of an error by its number, "unknown" if there is none.
func statusName(code int) string {
	return C.GoString(C.pk_status_name(C.pk_status(code)))
}

// takeString copies a string that the core made, and frees the core's.
func takeString(text *C.char) string {
	defer C.pk_string_free(text)
	return C.GoString(text)
}

// Version is the version of the core that this program is linked with.
func Version() string {
	return C.GoString(C.pk_version())
}

// parsePrefix gives the normal form of a prefix: "x" becomes "/x/".
func parsePrefix(text string) (string, error) {
	return parse(text, func(c *call, text *C.char, normal **C.char) C.pk_status {
		return C.pk_parse_prefix(text, normal, &c.failure)
	})
}

// parseTarget gives the normal form of a target, by which the core names the backend.
func parseTarget(text string) (string, error) {
	return parse(text, func(c *call, text *C.char, normal **C.char) C.pk_status {
		return C.pk_parse_target(text, normal, &c.failure)
	})
}

func parse(text string, with func(c *call, text *C.char, normal **C.char) C.pk_status) (string, error) {
	var normal *C.char
	err := callCore(nil, func(c *call) C.pk_status { return with(c, c.text(text), &normal) })
	if err != nil {
		return "", err
	}
	return takeString(normal), nil
}
