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
	"strings"
	"sync"
	"sync/atomic"
)

// hostServer serves the handlers of a manager on a unix socket that only this user can reach: all of them on one, from the start
// to the stop. With a server for each, a request that was on its way when its route was removed would find none.
type hostServer struct {
	handlers atomic.Pointer[handlers]
	errorLog *log.Logger
	// Where the socket is while there is one, chosen when it is needed first.
	directory func() string

	// Guards what follows.
	mutex  sync.Mutex
	server *http.Server
	ended  bool
}

func newHostServer(errorLog *log.Logger) *hostServer {
	host := &hostServer{errorLog: errorLog, directory: sync.OnceValue(privateName)}
	host.handlers.Store(new(handlers))
	return host
}

// hostRoute leaves all to the program: it decides how long it takes to answer, and pauses in it. A handler is called once for a
// request.
var hostRoute = RouteOptions{
	HealthCheck:         Off,
	StripPrefix:         Off,
	ResponseHeadTimeout: longest,
	Settings:            map[string]string{"attempts": "1", "replay_limit": "0", "backend_stall_timeout": "0"},
}

func (host *hostServer) target() string {
	return "unix:" + host.socket()
}

func (host *hostServer) socket() string {
	return filepath.Join(host.directory(), "socket")
}

// open has it serve, if it does not already and the manager has not stopped.
func (host *hostServer) open() error {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	if host.server != nil || host.ended {
		return nil
	}
	listener, err := listenPrivately(host.directory(), host.socket())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: host, ErrorLog: host.errorLog}
	host.server = server
	// It ends when the server is closed, and with no other error worth telling.
	go func() { _ = server.Serve(listener) }()
	return nil
}

// close ends what open has begun.
func (host *hostServer) close() {
	host.mutex.Lock()
	defer host.mutex.Unlock()
	if host.server == nil {
		return
	}
	// The core's connections are closed by now; those left are of handlers that still run.
	_ = host.server.Close()
	host.server = nil
	removeDirectory(host.directory())
}

// end closes it for good.
func (host *hostServer) end() {
	host.mutex.Lock()
	host.ended = true
	host.mutex.Unlock()
	host.close()
}

// ServeHTTP has the handler answer whose route the request came by.
func (host *hostServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	handler := host.handlers.Load().find(path)
	if handler == nil {
		// The route was removed when the request was on its way already.
		answerNoRoute(w)
		return
	}
	answer := &answer{ResponseWriter: w}
	defer answer.failed()
	handler.ServeHTTP(answer, r)
}

// privateName names a directory that nobody can have made before.
func privateName() string {
	var random [12]byte
	// It does not fail on Linux; and a directory that is there already is an error when this one is made.
	_, _ = rand.Read(random[:])
	return filepath.Join(os.TempDir(), "proxykit-"+hex.EncodeToString(random[:]))
}

// listenPrivately listens on a socket in a directory that only this user can enter.
func listenPrivately(directory, path string) (net.Listener, error) {
	if err := os.Mkdir(directory, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		removeDirectory(directory)
		return nil, fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	return listener, nil
}

func removeDirectory(directory string) {
	// It may be gone already; there is nobody to tell, and nothing to do about it.
	_ = os.RemoveAll(directory)
}
