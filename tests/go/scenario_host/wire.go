package main

import (
	"fmt"
	"strconv"
	"strings"
)

// The line protocol: fields separated by tabs, with escapes for what cannot stand bare.

var escapes = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\x0d`, `\`, `\\`)

func join(fields []string) string {
	escaped := make([]string, len(fields))
	for index, field := range fields {
		escaped[index] = escapes.Replace(field)
	}
	return strings.Join(escaped, "\t")
}

func split(line string) ([]string, error) {
	fields := strings.Split(line, "\t")
	for index, field := range fields {
		var err error
		if fields[index], err = unescape(field); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

func unescape(field string) (string, error) {
	var text strings.Builder
	for {
		before, after, found := strings.Cut(field, `\`)
		text.WriteString(before)
		if !found {
			return text.String(), nil
		}
		byte, length := escaped(after)
		if length == 0 {
			return "", fmt.Errorf("an unknown escape in %q", field)
		}
		text.WriteByte(byte)
		field = after[length:]
	}
}

// escaped reads what follows a backslash; the length is 0 if it means nothing.
func escaped(text string) (value byte, length int) {
	switch {
	case strings.HasPrefix(text, "t"):
		return '\t', 1
	case strings.HasPrefix(text, "n"):
		return '\n', 1
	case strings.HasPrefix(text, `\`):
		return '\\', 1
	case strings.HasPrefix(text, "x") && len(text) >= 3:
		if number, err := strconv.ParseUint(text[1:3], 16, 8); err == nil {
			return byte(number), 3
		}
	}
	return 0, 0
}
