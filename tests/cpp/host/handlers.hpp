// The handlers that scenarios ask for.
#ifndef HANDLERS_HPP
#define HANDLERS_HPP

#include "proxykit.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>

// Holds handlers until it is opened, once and for all.
class Gate {
public:
    void pass()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        held_++;
        opened_.wait(lock, [this] { return is_open_; });
        held_--;
    }

    void open()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        is_open_ = true;
        opened_.notify_all();
    }

    std::size_t held()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        return held_;
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    std::size_t held_ = 0;
    bool is_open_ = false;
};

// Does what its word says: "describe" the request, answer with a "status", "fail", or "hold" the answer until the gate is open.
struct Handler {
    std::string word;
    Gate &gate;

    void operator()(proxykit::Request request) const
    {
        if (word == "fail")
            throw std::runtime_error("asked to fail");
        if (word == "hold") {
            gate.pass();
            answer(request, 200, "released");
        } else if (word == "describe") {
            const std::string head = std::string(request.method()) + ' ' + std::string(request.target());
            request.respond(200, {{"content-type", "text/plain"}}, head + '\n' + std::string(request.body()));
        } else {
            answer(request, static_cast<std::uint32_t>(std::stoul(word)), "");
        }
    }

private:
    static void answer(const proxykit::Request &request, std::uint32_t status, std::string_view body)
    {
        if (request.is_wanted())
            request.respond(status, body);
    }
};

#endif
