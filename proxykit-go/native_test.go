package proxykit

import (
	"math"
	"testing"
	"time"
)

func TestTimesAreRoundedUpToMilliseconds(t *testing.T) {
	for duration, want := range map[time.Duration]uint64{
		-1: 0, 0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, math.MaxInt64: math.MaxInt64/1_000_000 + 1,
	} {
		if got := uint64(milliseconds(duration)); got != want {
			t.Errorf("%v is %d ms, and should be %d", duration, got, want)
		}
	}
}
