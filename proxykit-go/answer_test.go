package proxykit_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// What handlers ask of the writer that net/http gives them, they get from ours.
func TestAHandlersWriterIsWhatHandlersKnow(t *testing.T) {
	manager := newManager(t)
	handle(t, manager, "/x", func(w http.ResponseWriter, r *http.Request) {
		controller := http.NewResponseController(w)
		for what, err := range map[string]error{
			"a deadline to read":  controller.SetReadDeadline(time.Now().Add(patience)),
			"a deadline to write": controller.SetWriteDeadline(time.Now().Add(patience)),
			"both directions":     controller.EnableFullDuplex(),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.(io.StringWriter).WriteString("text ")
		w.(http.Flusher).Flush()
		_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("from a reader"))
		w.Header().Set("X-Sum", "18")
	})
	var hints []string
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
			hints = append(hints, header.Get("Link"))
			return nil
		},
	})
	request, err := http.NewRequestWithContext(ctx, "GET", start(t, manager)+"/x", nil)
	must(t, err)
	request.Header.Set("TE", "trailers")
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	expect(t, "the hints", strings.Join(hints, ", "), "</style.css>; rel=preload")
	expect(t, "the status", response.StatusCode, http.StatusAccepted)
	expect(t, "the body", string(body), "text from a reader")
	expect(t, "the trailer", response.Trailer.Get("X-Sum"), "18")
}
