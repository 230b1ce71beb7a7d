/* The header alone, as C11 and as C++17 with all warnings: it needs nothing else, and may be included twice. */
#include "proxykit.h"
#include "proxykit.h"

#if !defined(PK_VERSION_MAJOR) || !defined(PK_VERSION_MINOR) || !defined(PK_VERSION_PATCH)
#error "the header does not tell its version"
#endif

int main(void)
{
    pk_route_options options;
    return pk_route_options_init(&options, sizeof options) == PK_OK && options.balancer == PK_BALANCER_ROUND_ROBIN
                   && PK_FOREVER == UINT64_MAX
               ? 0
               : 1;
}
