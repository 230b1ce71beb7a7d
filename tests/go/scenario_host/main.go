// Command scenario_host does with a Manager what it is told on standard input, line by line, and answers each line
// with one: "ok" and the call's values, or "error" with number, name and message.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"

	"proxykit"
)

// host has one manager at a time.
type host struct {
	manager *proxykit.Manager
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
	}
	read, known := calls[command]
	if !known {
		return nil, fmt.Errorf("%q is unknown", command)
	}
	if h.manager == nil {
		return nil, fmt.Errorf("%s: there is no manager", command)
	}
	call := read(arguments)
	if arguments.err != nil {
		return nil, arguments.err
	}
	return call(h.manager)
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
