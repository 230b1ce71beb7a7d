#include "fields.hpp"

#include <algorithm>

using std::chrono::milliseconds;

const std::vector<std::string> balancer_names = {"round_robin", "least_connections", "ip_hash", "least_load"};

namespace {

const std::vector<std::string> host_header_names = {"client", "backend"};

// The whole text has to be read.
template <typename Value, typename Read>
Value whole(const std::string &text, Read read)
{
    std::size_t length = 0;
    Value value{};
    try {
        value = static_cast<Value>(read(text, &length));
    } catch (const std::logic_error &) {
        length = 0;
    }
    if (length == 0 || length != text.size() || text[0] == '-')
        throw Unreadable("a number cannot be read: " + text);
    return value;
}

unsigned long long integer(const std::string &text)
{
    return whole<unsigned long long>(text, [](const std::string &digits, std::size_t *length) {
        return std::stoull(digits, length);
    });
}

bool on_off(const std::string &text)
{
    if (text != "true" && text != "false")
        throw Unreadable("neither true nor false: " + text);
    return text == "true";
}

milliseconds time_of(const std::string &text)
{
    return milliseconds(integer(text));
}

std::uint32_t count(const std::string &text)
{
    return static_cast<std::uint32_t>(integer(text));
}

double fraction(const std::string &text)
{
    std::size_t length = 0;
    const double value = std::stod(text, &length);
    if (length != text.size())
        throw Unreadable("a number cannot be read: " + text);
    return value;
}

std::vector<std::string> split(const std::string &text, char at)
{
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

// The number of a name; of an unknown one, a number that has no meaning.
template <typename Choice>
Choice choice(const std::vector<std::string> &names, const std::string &name)
{
    const auto found = std::find(names.begin(), names.end(), name);
    return static_cast<Choice>(found == names.end() ? UINT32_MAX : found - names.begin());
}

std::string unescape(const std::string &field)
{
    std::string text;
    for (std::size_t i = 0; i < field.size(); i++) {
        if (field[i] != '\\') {
            text += field[i];
            continue;
        }
        const std::string escape = field.substr(++i, 3);
        if (escape[0] == 't') {
            text += '\t';
        } else if (escape[0] == 'n') {
            text += '\n';
        } else if (escape[0] == '\\') {
            text += '\\';
        } else if (escape[0] == 'x' && escape.size() == 3) {
            text += static_cast<char>(std::stoi(escape.substr(1), nullptr, 16));
            i += 2;
        } else {
            throw Unreadable("an escape cannot be read: " + field);
        }
    }
    return text;
}

// Whether it is an option of a health check.
bool set_check(proxykit::HealthCheck &check, const std::string &name, const std::string &value)
{
    if (name == "health_interval_ms")
        check.health_interval = time_of(value);
    else if (name == "health_timeout_ms")
        check.health_timeout = time_of(value);
    else if (name == "health_rise")
        check.health_rise = count(value);
    else if (name == "health_fall")
        check.health_fall = count(value);
    else if (name == "health_jitter")
        check.health_jitter = fraction(value);
    else
        return false;
    return true;
}

} // namespace

Fields::Fields(const std::string &line)
{
    for (const std::string &field : split(line, '\t'))
        fields_.push_back(unescape(field));
}

const std::string &Fields::text()
{
    if (is_empty())
        throw Unreadable("a field is missing");
    return fields_[next_++];
}

std::vector<std::string> Fields::texts()
{
    std::vector<std::string> texts(static_cast<std::size_t>(integer(text())));
    for (std::string &item : texts)
        item = text();
    return texts;
}

milliseconds Fields::time()
{
    return time_of(text());
}

double Fields::number()
{
    return fraction(text());
}

template <typename Options, typename Set>
Options Fields::options(Set set)
{
    Options options;
    while (!is_empty()) {
        const std::string &option = text();
        const std::size_t equals = option.find('=');
        if (equals == std::string::npos)
            throw Unreadable("not an option: " + option);
        set(options, option.substr(0, equals), option.substr(equals + 1));
    }
    return options;
}

proxykit::ManagerOptions Fields::manager_options()
{
    using Options = proxykit::ManagerOptions;
    return options<Options>([](Options &options, const std::string &name, const std::string &value) {
        if (name == "workers")
            options.workers = count(value);
        else if (name == "management")
            options.management = value;
        else if (name == "management_token")
            options.management_token = value;
        else if (name == "management_hosts")
            options.management_hosts = split(value, ',');
        else if (name == "trusted_proxies")
            options.trusted_proxies = split(value, ',');
        else
            options.set(name, value);
    });
}

proxykit::RouteOptions Fields::route_options()
{
    using Options = proxykit::RouteOptions;
    return options<Options>([](Options &options, const std::string &name, const std::string &value) {
        if (name == "balancer")
            options.balancer = choice<proxykit::Balancer>(balancer_names, value);
        else if (name == "host_header")
            options.host_header = choice<proxykit::HostHeader>(host_header_names, value);
        else if (name == "strip_prefix")
            options.strip_prefix = on_off(value);
        else if (name == "health_check")
            options.health_check = on_off(value);
        else if (name == "connect_timeout_ms")
            options.connect_timeout = time_of(value);
        else if (name == "response_head_timeout_ms")
            options.response_head_timeout = time_of(value);
        else if (!set_check(options, name, value))
            options.set(name, value);
    });
}

proxykit::HandlerOptions Fields::handler_options()
{
    using Options = proxykit::HandlerOptions;
    return options<Options>([](Options &options, const std::string &name, const std::string &value) {
        if (name == "handler_timeout_ms")
            options.handler_timeout = time_of(value);
        else
            options.set(name, value);
    });
}

proxykit::HealthCheck Fields::health_check()
{
    using Check = proxykit::HealthCheck;
    return options<Check>([](Check &check, const std::string &name, const std::string &value) {
        if (!set_check(check, name, value))
            throw Unreadable("an unknown option: " + name);
    });
}

std::string join(const std::vector<std::string> &fields)
{
    std::string line;
    for (const std::string &field : fields) {
        if (&field != &fields.front())
            line += '\t';
        for (const char c : field) {
            if (c == '\t')
                line += "\\t";
            else if (c == '\n')
                line += "\\n";
            else if (c == '\r')
                line += "\\x0d";
            else if (c == '\\')
                line += "\\\\";
            else
                line += c;
        }
    }
    return line;
}
