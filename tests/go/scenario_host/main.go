// Command scenario_host does with a Manager what it is told on standard input, line by line, and answers each line
// with one: "ok" and the call's values, or "error" with number, name and message.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"proxykit"
)

// host has one manager at a time.
type host struct {
	manager *proxykit.Manager
	events  <-chan proxykit.Event
	log     <-chan proxykit.LogRecord
}

func main() {
	var host host
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 16<<20)
	for input.Scan() {
		fmt.Println(join(host.answer(input.Text())))
	}
	if err := input.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "scenario_host:", err)
		os.Exit(1)
	}
}

func (h *host) answer(line string) []string {
	values, err := h.do(line)
	if err == nil {
		return append([]string{"ok"}, values...)
	}
	if known := (*proxykit.Error)(nil); errors.As(err, &known) {
		return []string{"error", strconv.Itoa(known.Code), known.Name, known.Message}
	}
	return []string{"error", "0", "unknown_command", err.Error()}
}

func (h *host) do(line string) ([]string, error) {
	fields, err := split(line)
	if err != nil {
		return nil, err
	}
	command, arguments := fields[0], &arguments{rest: fields[1:]}
	switch command {
	case "version":
		return []string{proxykit.Version()}, nil
	case "new":
		return nil, h.new(arguments)
	case "free":
		return nil, h.free()
	case "release":
		handlerGate.open()
		return nil, nil
	case "held":
		return []string{strconv.Itoa(int(handlerGate.held.Load()))}, nil
	case "next_event", "next_record":
		timeout := arguments.milliseconds()
		if arguments.err != nil {
			return nil, arguments.err
		}
		if command == "next_event" {
			return next(h.events, timeout, eventValues)
		}
		return next(h.log, timeout, recordValues)
	}
	read, known := calls[command]
	if !known && command != "events" && command != "log" {
		return nil, fmt.Errorf("%q is unknown", command)
	}
	if h.manager == nil {
		return nil, fmt.Errorf("%s: there is no manager", command)
	}
	if command == "events" {
		h.events, err = h.manager.Events(context.Background())
		return nil, err
	}
	if command == "log" {
		var level slog.Level
		if err := level.UnmarshalText([]byte(arguments.text())); err != nil {
			return nil, err
		}
		h.log, err = h.manager.Log(context.Background(), level)
		return nil, err
	}
	call := read(arguments)
	if arguments.err != nil {
		return nil, arguments.err
	}
	return call(h.manager)
}

// next gives what comes next of the last command "events" or "log".
func next[T any](values <-chan T, timeout time.Duration, shown func(T) []string) ([]string, error) {
	select {
	case value, open := <-values:
		if !open {
			return nil, proxykit.ErrStopped
		}
		return shown(value), nil
	case <-time.After(timeout):
		return nil, proxykit.ErrTimedOut
	}
}

func eventValues(event proxykit.Event) []string {
	return []string{string(event.Kind), event.Prefix, event.Target, event.Address, strconv.Itoa(event.Count)}
}

func recordValues(record proxykit.LogRecord) []string {
	kind := ""
	if record.Event != nil {
		kind = string(record.Event.Kind)
	}
	return []string{strings.ToLower(record.Level.String()), record.Category, record.Message, kind}
}

func (h *host) new(arguments *arguments) error {
	options, err := arguments.managerOptions()
	if err != nil {
		return err
	}
	manager, err := proxykit.NewManager(options)
	if err != nil {
		return err
	}
	if err := h.free(); err != nil {
		return err
	}
	h.manager = manager
	return nil
}

func (h *host) free() error {
	if h.manager == nil {
		return nil
	}
	err := h.manager.Close()
	h.manager = nil
	return err
}
