// The C interface as C++ likes it: what is owned is freed by its owner, and errors are thrown.
#pragma once

#include <proxykit.h>

#include <memory>
#include <stdexcept>

struct Free {
    void operator()(pk_manager *manager) const { pk_manager_free(manager); }
    void operator()(pk_backends *backends) const { pk_backends_free(backends); }
    void operator()(pk_error *error) const { pk_error_free(error); }
    void operator()(char *string) const { pk_string_free(string); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

// Calls a function and throws its error.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments)
{
    pk_error *error = nullptr;
    if (function(arguments..., &error) != PK_OK) {
        Owned<pk_error> owned(error);
        throw std::runtime_error(pk_error_message(error));
    }
}

// Calls a function that makes something.
template <typename T, typename Function, typename... Arguments>
Owned<T> make(Function function, Arguments... arguments)
{
    T *made = nullptr;
    call(function, arguments..., &made);
    return Owned<T>(made);
}
