#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace usermeta {

// RFC 1952. Plain functions, callable from any thread.

enum class GunzipFailure { malformed, too_large };

// What gzip members hold, however many (none is nothing); never more than `limit` bytes are made of it.
std::variant<std::string, GunzipFailure> gunzip(std::string_view bytes, std::size_t limit);

std::string gzip(std::string_view bytes);

// Whether a list of codings (RFC 9110 section 12.5.3; gRPC's lists look the same) takes gzip by its name.
bool takes_gzip(std::optional<std::string_view> accepted);

}  // namespace usermeta
