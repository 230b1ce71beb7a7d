/* Linked into a program, or loaded before it by LD_PRELOAD. Each block has a head with a mark, so that a block of another allocator
 * is found when it is freed; it is overwritten then, so that whoever still uses it is found as well. */
#include "allocator.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The C library's, which lie below what a program may replace. */
extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

struct head {
    void *start;
    size_t size;
    uintptr_t mark;
    uintptr_t unused;
};

static const uintptr_t MARK = 0x70726f78;
static atomic_size_t given, live;

size_t allocator_given(void)
{
    return atomic_load(&given);
}

size_t allocator_live(void)
{
    return atomic_load(&live);
}

static void *allocate(size_t alignment, size_t size)
{
    if (size > PTRDIFF_MAX - alignment - sizeof(struct head)) {
        errno = ENOMEM;
        return NULL;
    }
    char *start = __libc_malloc(size + alignment + sizeof(struct head));
    if (start == NULL)
        return NULL;
    uintptr_t first = (uintptr_t)start + sizeof(struct head);
    char *block = start + sizeof(struct head) + (alignment - first % alignment) % alignment;
    struct head head = {start, size, MARK ^ (uintptr_t)block, 0};
    memcpy(block - sizeof head, &head, sizeof head);
    atomic_fetch_add(&given, 1);
    atomic_fetch_add(&live, size);
    return block;
}

static struct head head_of(void *block)
{
    static const char message[] = "a block is freed that this allocator did not give\n";
    struct head head;
    memcpy(&head, (char *)block - sizeof head, sizeof head);
    if (head.mark != (MARK ^ (uintptr_t)block)) {
        if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
            _exit(2);
        abort();
    }
    return head;
}

void *malloc(size_t size)
{
    return allocate(sizeof(struct head), size);
}

void free(void *block)
{
    if (block == NULL)
        return;
    struct head head = head_of(block);
    memset((char *)block - sizeof head, 0xdd, head.size + sizeof head);
    atomic_fetch_sub(&live, head.size);
    __libc_free(head.start);
}

void *calloc(size_t count, size_t size)
{
    if (size != 0 && count > PTRDIFF_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = malloc(count * size);
    return block == NULL ? NULL : memset(block, 0, count * size);
}

void *realloc(void *block, size_t size)
{
    void *moved = malloc(size);
    if (block == NULL || moved == NULL)
        return moved;
    struct head head = head_of(block);
    memcpy(moved, block, head.size < size ? head.size : size);
    free(block);
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return allocate(alignment < sizeof(struct head) ? sizeof(struct head) : alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    void *memory = aligned_alloc(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *block = memory;
    return 0;
}
