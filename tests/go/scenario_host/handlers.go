package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
)

// gate holds handlers until it is opened, once and for all.
type gate struct {
	opened chan struct{}
	isOpen atomic.Bool
	held   atomic.Int32
}

var handlerGate = gate{opened: make(chan struct{})}

func (g *gate) pass() {
	g.held.Add(1)
	<-g.opened
	g.held.Add(-1)
}

func (g *gate) open() {
	if g.isOpen.CompareAndSwap(false, true) {
		close(g.opened)
	}
}

// handler takes the word of one: what scenarios ask for.
func (a *arguments) handler() http.HandlerFunc {
	switch word := a.text(); word {
	case "describe":
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				fmt.Fprintf(w, "%s %s\n%s", r.Method, r.RequestURI, body)
			}
		}
	case "fail":
		return func(http.ResponseWriter, *http.Request) { panic("asked to fail") }
	case "hold":
		return func(w http.ResponseWriter, _ *http.Request) {
			handlerGate.pass()
			fmt.Fprint(w, "released")
		}
	default:
		status := parse(a, word, strconv.Atoi)
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
}
