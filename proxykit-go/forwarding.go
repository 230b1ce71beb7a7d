package proxykit

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"
)

const forwardedFor = "X-Forwarded-For"

// forwarding says for whom requests are made where a server of the program's own has the client's connection. The core
// believes what comes over its unix socket: so nothing of a client's own may get there that the core would not believe
// of the client itself.
type forwarding struct {
	trusted []netip.Prefix
	// The headers that say it: x_forwarded, forwarded, or both.
	headers string
}

func newForwarding(options Options) forwarding {
	networks, headers := options.TrustedProxies, options.Settings["forwarded_headers"]
	if set, found := options.Settings["trusted_proxies"]; found {
		networks = strings.Split(set, ",")
	}
	if headers == "" {
		headers = "x_forwarded"
	}
	var trusted []netip.Prefix
	for _, network := range networks {
		// The core refuses what is neither.
		network = strings.TrimSpace(network)
		if prefix, err := netip.ParsePrefix(network); err == nil {
			trusted = append(trusted, prefix)
		} else if address, err := netip.ParseAddr(network); err == nil {
			trusted = append(trusted, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return forwarding{trusted, headers}
}

// announce sets what the core is told of the client. What of it the standard library's proxy had removed from Out is
// taken from In.
func (f forwarding) announce(request *httputil.ProxyRequest) {
	in, out := request.In, request.Out
	client, known := clientOf(in)
	trusted := known && f.trusts(client)
	names := []string{"Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", forwardedFor}
	for _, name := range names {
		values, found := in.Header[name]
		// A list of addresses is added to, whoever sent it.
		if found && (trusted || name == forwardedFor && f.headers != "forwarded") {
			out.Header[name] = values
		}
	}
	proto := "http"
	if in.TLS != nil {
		proto = "https"
	}
	if f.headers != "forwarded" {
		if known {
			out.Header.Set(forwardedFor, joined(out.Header.Values(forwardedFor), client.String()))
		}
		if out.Header.Get("X-Forwarded-Proto") == "" {
			out.Header.Set("X-Forwarded-Proto", proto)
		}
	}
	if f.headers != "x_forwarded" {
		node := "unknown"
		if known && client.Is6() {
			node = `"[` + client.WithZone("").String() + `]"`
		} else if known {
			node = client.String()
		}
		out.Header.Set("Forwarded", joined(out.Header.Values("Forwarded"), "for="+node+";proto="+proto))
	}
}

func (f forwarding) trusts(client netip.Addr) bool {
	for _, network := range f.trusted {
		if network.Contains(client) {
			return true
		}
	}
	return false
}

func clientOf(request *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(request.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap(), err == nil
}

func joined(values []string, last string) string {
	return strings.Join(append(values[:len(values):len(values)], last), ", ")
}
