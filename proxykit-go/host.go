package proxykit

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

// hostServer serves the program's handler on a unix socket that only this user can reach.
type hostServer struct {
	server    http.Server
	directory string
	target    string
}

func newHostServer(handler http.Handler) (*hostServer, error) {
	directory, path, err := privateSocket()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		removeDirectory(directory)
		return nil, fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	host := &hostServer{server: http.Server{Handler: handler}, directory: directory, target: "unix:" + path}
	// It ends when the server is closed, and with no other error worth telling.
	go func() { _ = host.server.Serve(listener) }()
	return host, nil
}

func (host *hostServer) close() {
	// The core's connections are closed by now; those left are of handlers that still run.
	_ = host.server.Close()
	removeDirectory(host.directory)
}

// privateSocket makes a directory that only this user can enter, for one socket.
func privateSocket() (directory, path string, err error) {
	// The system makes it with the mode 0700.
	directory, err = os.MkdirTemp("", "proxykit-")
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrStartFailed, err)
	}
	return directory, filepath.Join(directory, "socket"), nil
}

func removeDirectory(directory string) {
	// It may be gone already; there is nobody to tell, and nothing to do about it.
	_ = os.RemoveAll(directory)
}
