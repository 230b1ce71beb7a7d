// A request that the host answers itself.
#ifndef PROXYKIT_REQUEST_HPP
#define PROXYKIT_REQUEST_HPP

#include "error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxykit {

// A field of a request's or an answer's head. Of a request the texts belong to it, the name is in lower case, and the value may
// be other text than UTF-8.
struct Header {
    std::string_view name;
    std::string_view value;
};

// A request, and the right to answer it, once, from whatever thread: it may be moved elsewhere and answered when the handler
// has returned. If it is destroyed without an answer, the client gets 500. All texts that it gives last as long as it does.
class Request {
public:
    // Takes a request of C.
    explicit Request(pk_request *request) noexcept : request_(request) {}

    // "GET".
    std::string_view method() const noexcept { return pk_request_method(request_.get()); }

    // The path and the query, byte for byte as they were sent; the prefix stays on.
    std::string_view target() const noexcept { return pk_request_target(request_.get()); }

    // The client's address, without a port; none over a unix socket.
    std::optional<std::string_view> client_address() const noexcept
    {
        return view(pk_request_client_address(request_.get()));
    }

    // The value of the first field with this name, in whatever case.
    std::optional<std::string_view> header(std::string_view name) const
    {
        return view(pk_request_header(request_.get(), detail::Text(name).get()));
    }

    // All fields. Those of one name have the order in which they were sent.
    std::vector<Header> headers() const
    {
        std::vector<Header> headers;
        const std::size_t count = pk_request_headers_len(request_.get());
        headers.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            pk_header header{};
            detail::call(pk_request_headers_get, request_.get(), i, &header);
            headers.push_back({header.name, header.value});
        }
        return headers;
    }

    // The bytes of the body.
    std::string_view body() const noexcept
    {
        const void *bytes = pk_request_body(request_.get());
        return {static_cast<const char *>(bytes), pk_request_body_len(request_.get())};
    }

    // Whether an answer is waited for still: none was given, the client is there, and it is not too late.
    bool is_wanted() const noexcept { return pk_request_is_wanted(request_.get()); }

    // Answers, with a status from 200 to 599. If the status, a name or a value is bad, or the status allows no body, nothing is
    // sent, and it may be called again.
    void respond(std::uint32_t status, const std::vector<Header> &headers, std::string_view body = {}) const
    {
        std::vector<std::string> texts;
        texts.reserve(2 * headers.size());
        std::vector<pk_header> passed;
        passed.reserve(headers.size());
        for (const Header &header : headers) {
            const char *name = detail::c_text(texts.emplace_back(header.name));
            passed.push_back({name, detail::c_text(texts.emplace_back(header.value))});
        }
        const void *bytes = body.data();
        detail::call(pk_respond, request_.get(), status, passed.data(), passed.size(),
                     static_cast<const std::uint8_t *>(bytes), body.size());
    }

    // Answers without header fields of its own.
    void respond(std::uint32_t status, std::string_view body = {}) const { respond(status, std::vector<Header>(), body); }

private:
    static std::optional<std::string_view> view(const char *text) noexcept
    {
        return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
    }

    detail::Owned<pk_request> request_;
};

} // namespace proxykit

#endif
