package proxykit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"proxykit"
)

// getOver asks for / over a connection of its own.
func getOver(t *testing.T, network, address string) (body string) {
	t.Helper()
	transport := &http.Transport{Dial: func(_, _ string) (net.Conn, error) { return net.Dial(network, address) }}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: patience}
	response, err := client.Get("http://h/")
	must(t, err)
	defer response.Body.Close()
	text := make([]byte, 100)
	length, _ := response.Body.Read(text)
	return string(text[:length])
}

// The program may close its listener: the manager has a copy of the descriptor, and the socket's file stays.
func TestAListenerIsHandedOver(t *testing.T) {
	path := t.TempDir() + "/socket"
	for _, test := range []struct{ network, address string }{{"tcp", "127.0.0.1:0"}, {"unix", path}} {
		t.Run(test.network, func(t *testing.T) {
			listener, err := net.Listen(test.network, test.address)
			must(t, err)
			manager := newManager(t)
			handle(t, manager, "/", saying("handed over"))
			must(t, manager.StartListener(listener))
			address, err := manager.Address()
			must(t, err)
			expect(t, "the address", strings.TrimPrefix(address, "unix:"), listener.Addr().String())
			expect(t, "the answer", getOver(t, test.network, listener.Addr().String()), "handed over /\n")
			must(t, listener.Close())
			expect(t, "the answer after its end", getOver(t, test.network, listener.Addr().String()), "handed over /\n")
			_, err = manager.Stop(time.Second)
			must(t, err)
			if _, err := net.Dial(test.network, listener.Addr().String()); err == nil {
				t.Error("somebody listens after the stop")
			}
		})
	}
	_, err := os.Stat(path)
	must(t, err)
}

// A listener that stays open is the program's again after the stop, and whoever came meanwhile waits.
func TestAListenerComesBack(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	address := listener.Addr().String()
	for range 2 {
		manager := newManager(t)
		handle(t, manager, "/", saying("here"))
		must(t, manager.StartListener(listener))
		expect(t, "the answer", getOver(t, "tcp", address), "here /\n")
		must(t, manager.Close())
	}
	client, err := net.Dial("tcp", address)
	must(t, err)
	defer client.Close()
	must(t, listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
	accepted, err := listener.Accept()
	must(t, err)
	must(t, accepted.Close())
}

// One manager after the other serves the socket, and no client is refused. One that the last manager had accepted, and whose
// request it had not read yet, is closed as an idle one is, and asks again.
func TestAListenerChangesHandsUnderTraffic(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	transport := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Transport: transport, Timeout: patience}
	var answers atomic.Int64
	next := func() *proxykit.RouteManager {
		manager := newManager(t)
		handle(t, manager, "/", saying("here"))
		must(t, manager.StartListener(listener))
		return manager
	}
	manager := next()
	traffic := underLoad(t, 4, func() error {
		response, err := client.Get("http://" + listener.Addr().String())
		if errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		if err != nil {
			return nil
		}
		answers.Add(1)
		return response.Body.Close()
	})
	for range 5 {
		seen := answers.Load()
		eventually(t, "it answers", func() bool { return traffic.failed() || answers.Load() > seen+20 })
		must(t, manager.Shutdown(context.Background()))
		manager = next()
	}
	traffic.end()
}

// As systemd hands one in: a descriptor, from which Go makes a listener.
func TestAListenerOfADescriptorIsServedBesideAHandler(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	file, err := first.(*net.TCPListener).File()
	must(t, err)
	listener, err := net.FileListener(file)
	must(t, err)
	must(t, file.Close())
	must(t, first.Close())
	manager := newManager(t)
	ended := make(chan error, 1)
	go func() { ended <- manager.ServeListener(listener, saying("the rest")) }()
	expect(t, "the answer", getOver(t, "tcp", listener.Addr().String()), "the rest /\n")
	must(t, manager.Close())
	must(t, within(t, "the end", ended))
	must(t, listener.Close())
}

// limited is a listener with a mind of its own.
type limited struct{ *net.TCPListener }

func TestAListenerThatCannotBeHandedOver(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	manager := newManager(t)
	for name, other := range map[string]net.Listener{
		"*tls.listener":          tls.NewListener(listener, &tls.Config{}),
		"proxykit_test.limited":  limited{listener.(*net.TCPListener)},
		"*proxykit_test.limited": &limited{listener.(*net.TCPListener)},
		"<nil>":                  nil,
	} {
		for _, err := range []error{manager.StartListener(other), manager.ServeListener(other, nil)} {
			expectError(t, err, proxykit.ErrInvalidArgument)
			if err != nil && !strings.Contains(err.Error(), "the type "+name+" has") {
				t.Errorf("%v does not name the type", err)
			}
		}
	}
	expectError(t, manager.StartListener((*net.TCPListener)(nil)), proxykit.ErrInvalidArgument)
	packets, err := net.Listen("unixpacket", t.TempDir()+"/socket")
	must(t, err)
	defer packets.Close()
	expectError(t, manager.StartListener(packets), proxykit.ErrBindFailed)
	must(t, listener.Close())
	err = manager.StartListener(listener)
	expectError(t, err, proxykit.ErrInvalidArgument)
	expectError(t, err, net.ErrClosed)
	// Nothing was started by all that.
	start(t, manager)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer other.Close()
	expectError(t, manager.StartListener(other), proxykit.ErrAlreadyStarted)
}

// A unix listener that was refused is as it was before.
func TestARefusedListenerStillRemovesItsFile(t *testing.T) {
	path := t.TempDir() + "/socket"
	listener, err := net.Listen("unix", path)
	must(t, err)
	manager := newManager(t)
	must(t, manager.Close())
	expectError(t, manager.StartListener(listener), proxykit.ErrStopped)
	must(t, listener.Close())
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}
