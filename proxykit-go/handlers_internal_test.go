package proxykit

import (
	"net/http"
	"strings"
	"testing"
)

// The core compares by whole segments and byte for byte, and the longest prefix wins.
func TestHandlersAreFoundAsTheCoreFindsRoutes(t *testing.T) {
	known := new(handlers)
	for _, prefix := range []string{"/x/", "/x/y/", "/a%2Fb/"} {
		known = known.with(prefix, named(prefix))
	}
	all := known.with("/", named("/"))
	for path, want := range map[string]string{
		"/x": "/x/", "/x/": "/x/", "/x/z": "/x/", "/x/yz": "/x/", "/x//y": "/x/", "/x/y": "/x/y/", "/x/y/z": "/x/y/",
		"/x/y//": "/x/y/", "/a%2Fb": "/a%2Fb/", "/a%2Fb/c": "/a%2Fb/", "/a/b": "", "/a%2fb": "", "/xy": "", "/": "", "": "", "//": "",
		"/x" + strings.Repeat("/deep", 2000): "/x/", strings.Repeat("/x", 2000): "/x/", "/xy" + strings.Repeat("/", 20): "",
	} {
		for name, test := range map[string]struct {
			handlers *handlers
			want     string
		}{"without": {known, want}, "with": {all, max(want, "/")}} {
			if got := prefixOf(test.handlers.find(path)); got != test.want {
				t.Errorf("%s a handler for everything, %q is found by %q, and should be by %q", name, path, got, test.want)
			}
		}
	}
	if known = known.without("/x/y/"); prefixOf(known.find("/x/y")) != "/x/" || len(known.byPrefix) != 2 {
		t.Errorf("%v is left without /x/y/", known.byPrefix)
	}
}

// named is a handler that is told from others.
type named string

func (named) ServeHTTP(http.ResponseWriter, *http.Request) {}

func prefixOf(handler http.Handler) string {
	name, _ := handler.(named)
	return string(name)
}
