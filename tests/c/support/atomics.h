/* The atomics of C11, by the same names in C++17, whose library has them in a namespace. */
#ifndef ATOMICS_H
#define ATOMICS_H

#ifdef __cplusplus
#include <atomic>
using std::atomic_bool;
using std::atomic_fetch_add;
using std::atomic_fetch_sub;
using std::atomic_int;
using std::atomic_load;
using std::atomic_size_t;
using std::atomic_store;
using std::atomic_uint;
#else
#include <stdatomic.h>
#endif

#endif
