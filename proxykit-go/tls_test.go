package proxykit_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"proxykit"
)

// writePair writes a certificate for localhost and its key, and gives what trusts it.
func writePair(t *testing.T, chain, key string) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	must(t, os.WriteFile(chain, public, 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	return pool
}

// secureManager is a manager with certificates, which is closed when the test ends.
func secureManager(t *testing.T, chain, key string) *proxykit.RouteManager {
	t.Helper()
	manager, err := proxykit.NewManager(proxykit.Options{
		Settings: map[string]string{"tls_certificates": chain, "tls_keys": key},
	})
	must(t, err)
	t.Cleanup(func() { must(t, manager.Close()) })
	return manager
}

// statusOverTLS is what a client gets that trusts these certificates only.
func statusOverTLS(t *testing.T, url string, trusted *x509.CertPool) (int, error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "localhost"}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Get(url)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestNewCertificatesAreReadWhenAsked(t *testing.T) {
	chain, key := filepath.Join(t.TempDir(), "site.pem"), filepath.Join(t.TempDir(), "site.key")
	old := writePair(t, chain, key)
	manager := secureManager(t, chain, key)
	handler, requests := recordingHandler(t)
	url := strings.Replace(startWith(t, manager, handler), "http://", "https://", 1)
	status, err := statusOverTLS(t, url, old)
	must(t, err)
	expect(t, "the status", status, 200)
	expect(t, "X-Forwarded-Proto", within(t, "the request", requests).Header.Get("X-Forwarded-Proto"), "")

	fresh := writePair(t, chain, key)
	must(t, manager.ReloadCertificates())
	status, err = statusOverTLS(t, url, fresh)
	must(t, err)
	expect(t, "the status", status, 200)
	if _, err := statusOverTLS(t, url, old); err == nil {
		t.Error("the old certificate is still shown")
	}

	must(t, os.WriteFile(key, []byte("no key"), 0o600))
	expectError(t, manager.ReloadCertificates(), proxykit.ErrInvalidCertificate)
	_, err = statusOverTLS(t, url, fresh)
	must(t, err)
	_, err = proxykit.NewManager(proxykit.Options{
		Settings: map[string]string{"tls_certificates": chain, "tls_keys": key},
	})
	expectError(t, err, proxykit.ErrInvalidCertificate)
}

// A server that mounts handlers speaks TLS itself: through a listener in TLS the core would take it for its client.
func TestHandlersAreNotMountedBehindCertificates(t *testing.T) {
	chain, key := filepath.Join(t.TempDir(), "site.pem"), filepath.Join(t.TempDir(), "site.key")
	writePair(t, chain, key)
	manager := secureManager(t, chain, key)
	target, _ := newBackend(t, "a")
	route, err := manager.AddRouteWith("/x", []string{target}, proxykit.RouteOptions{})
	must(t, err)
	answer := httptest.NewRecorder()
	route.Proxy.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/x/", nil))
	expect(t, "the status", answer.Code, http.StatusServiceUnavailable)
	if body := answer.Body.String(); !strings.Contains(body, "tls_certificates") {
		t.Errorf("the answer is %q", body)
	}
}
