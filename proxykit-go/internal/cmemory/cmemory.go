// Package cmemory tells tests how much memory C has allocated in this process, which Go's own figures do not show.
package cmemory

// #include <malloc.h>
import "C"

// InUse is the number of bytes that malloc has given out and free has not got back, in all of its arenas.
func InUse() int64 {
	return int64(C.mallinfo2().uordblks)
}
