-- What each request is, and what is said at the end.

function init(arguments)
    if arguments[1] == "close" then
        wrk.headers["Connection"] = "close"
    end
    local size = tonumber(arguments[2])
    if size > 0 then
        wrk.method = "POST"
        wrk.body = string.rep("x", size)
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n--\n{"requests": %d, "bytes": %d, "microseconds": %d, ' ..
        '"errors": {"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}}\n',
        summary.requests, summary.bytes, summary.duration,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
