package proxykit_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// echoServer changes to a protocol that sends back what it gets.
func echoServer(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "echo" {
			t.Errorf("the upgrade did not arrive: %v", r.Header)
			return
		}
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijacking: %v", err)
			return
		}
		defer connection.Close()
		_, err = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
		if err != nil {
			t.Errorf("switching: %v", err)
			return
		}
		// It ends when the client does, in whatever way.
		_, _ = io.Copy(connection, buffered)
	}
}

// expectEcho changes the protocol at the URL and sends to and fro.
func expectEcho(t *testing.T, url string) {
	t.Helper()
	address, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	connection, err := net.Dial("tcp", address)
	must(t, err)
	defer connection.Close()
	must(t, connection.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(connection, "GET /%s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", path)
	must(t, err)
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	must(t, err)
	expect(t, "the status", response.StatusCode, http.StatusSwitchingProtocols)
	for _, word := range []string{"there", "and back"} {
		_, err = fmt.Fprintln(connection, word)
		must(t, err)
		line, err := reader.ReadString('\n')
		must(t, err)
		expect(t, "the echo", line, word+"\n")
	}
}

// slowly answers in two parts, the second when it is told to. That the length is known must not make anyone wait.
func slowly(t *testing.T, second <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "13")
		_, _ = io.WriteString(w, "first\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flushing: %v", err)
		}
		<-second
		_, _ = io.WriteString(w, "second\n")
	}
}

// expectStreaming reads the first part before the second is sent.
func expectStreaming(t *testing.T, url string, second chan<- struct{}) {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get(url)
	must(t, err)
	defer response.Body.Close()
	reader := bufio.NewReader(response.Body)
	line, err := reader.ReadString('\n')
	must(t, err)
	expect(t, "the first part", line, "first\n")
	close(second)
	line, err = reader.ReadString('\n')
	must(t, err)
	expect(t, "the second part", line, "second\n")
}
