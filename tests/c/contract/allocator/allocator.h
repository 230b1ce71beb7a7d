/* An allocator of the host's own, in the place of the C library's. */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <stddef.h>

/* How many blocks have been given out, and how many bytes of them have not come back. */
size_t allocator_given(void);
size_t allocator_live(void);

#endif
