package main

import (
	"errors"
	"fmt"
	"strconv"
)

type settings struct {
	workers    int
	upstream   string
	chain, key string
	routes     []string
}

// parse is no flag.FlagSet, since --tls takes two values.
func parse(arguments []string) (settings, error) {
	found := settings{workers: 1, upstream: "http"}
	next := func() (string, error) {
		if len(arguments) == 0 {
			return "", errors.New("an option lacks its value")
		}
		first := arguments[0]
		arguments = arguments[1:]
		return first, nil
	}
	for len(arguments) > 0 {
		argument, err := next()
		switch argument {
		case "--workers":
			var number string
			if number, err = next(); err == nil {
				found.workers, err = strconv.Atoi(number)
			}
		case "--upstream":
			found.upstream, err = next()
		case "--tls":
			if found.chain, err = next(); err == nil {
				found.key, err = next()
			}
		default:
			found.routes = append(found.routes, argument)
		}
		if err != nil {
			return found, fmt.Errorf("%s: %w", argument, err)
		}
	}
	if found.upstream != "http" && found.upstream != "h2c" {
		return found, fmt.Errorf("--upstream is http or h2c, not %q", found.upstream)
	}
	return found, nil
}
