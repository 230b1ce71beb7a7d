package proxykit

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

// hostServer serves the handlers of a manager on unix sockets that only this user can reach, from the start to the stop. The
// core alone says whose request it is, by the socket.
type hostServer struct {
	errorLog *log.Logger
	// Where the sockets are while there are any, chosen when it is needed first.
	directory func() string

	// Guards what follows.
	mutex   sync.Mutex
	slots   []*slot
	running bool
	ended   bool
	// Whether the directory is there.
	made bool
}

func newHostServer(errorLog *log.Logger) *hostServer {
	return &hostServer{errorLog: errorLog, directory: sync.OnceValue(privateName)}
}

// hostRoute leaves all to the program: it decides how long it takes to answer, and pauses in it. A handler is called once for a
// request.
var hostRoute = RouteOptions{
	HealthCheck:         Off,
	StripPrefix:         Off,
	ResponseHeadTimeout: longest,
	Settings:            map[string]string{"attempts": "1", "replay_limit": "0", "backend_stall_timeout": "0"},
}

// take gives a slot to the handler of a route, and has it served if the manager runs.
func (host *hostServer) take(prefix string, handler http.Handler) (*slot, error) {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	index := slices.IndexFunc(host.slots, func(slot *slot) bool { return slot.handled.Load() == nil })
	if index < 0 {
		index = len(host.slots)
		socket := filepath.Join(host.directory(), strconv.Itoa(index))
		host.slots = append(host.slots, &slot{socket: socket})
	}
	taken := host.slots[index]
	taken.handled.Store(&handled{prefix, handler})
	if host.running && !host.ended {
		if err := host.serve(taken); err != nil {
			taken.handled.Store(nil)
			return nil, err
		}
	}
	return taken, nil
}

// find gives the slot of a route; nil if it has none.
func (host *hostServer) find(prefix string) *slot {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	for _, slot := range host.slots {
		if handled := slot.handled.Load(); handled != nil && handled.prefix == prefix {
			return slot
		}
	}
	return nil
}

// prefixes are those of the routes that have handlers.
func (host *hostServer) prefixes() (prefixes []string) {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	for _, slot := range host.slots {
		if handled := slot.handled.Load(); handled != nil {
			prefixes = append(prefixes, handled.prefix)
		}
	}
	return prefixes
}

// open has all handlers served. The manager starts.
func (host *hostServer) open() error {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	host.running = true
	for _, slot := range host.slots {
		if slot.handled.Load() == nil {
			continue
		}
		if err := host.serve(slot); err != nil {
			host.shut()
			return err
		}
	}
	return nil
}

// serve has a slot served, if it is not already.
func (host *hostServer) serve(slot *slot) error {
	if slot.server != nil {
		return nil
	}
	if !host.made {
		if err := os.Mkdir(host.directory(), 0o700); err != nil {
			return fmt.Errorf("%w: %w", ErrStartFailed, err)
		}
		host.made = true
	}
	listener, err := net.Listen("unix", slot.socket)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	server := &http.Server{Handler: slot, ErrorLog: host.errorLog}
	slot.server = server
	// It ends when the server is closed, and with no other error worth telling.
	go func() { _ = server.Serve(listener) }()
	return nil
}

// close ends what open has begun: the manager did not start.
func (host *hostServer) close() {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	host.shut()
}

// end closes for good.
func (host *hostServer) end() {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	host.ended = true
	host.shut()
}

func (host *hostServer) shut() {
	host.running = false
	for _, slot := range host.slots {
		if slot.server != nil {
			// The core's connections are closed by now; those left are of handlers that still run.
			_ = slot.server.Close()
			slot.server = nil
		}
	}
	if host.made {
		removeDirectory(host.directory())
		host.made = false
	}
}

// privateName names a directory that nobody can have made before.
func privateName() string {
	var random [12]byte
	// It does not fail on Linux; and a directory that is there already is an error when this one is made.
	_, _ = rand.Read(random[:])
	return filepath.Join(os.TempDir(), "proxykit-"+hex.EncodeToString(random[:]))
}

func removeDirectory(directory string) {
	// It may be gone already; there is nobody to tell, and nothing to do about it.
	_ = os.RemoveAll(directory)
}
