#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "projections/directory.hpp"
#include "store/entropy.hpp"
#include "store/writer.hpp"

namespace usermeta {

// On an empty database: creates the instance, an organisation and a machine user that is IAM_OWNER, and
// leaves its personal access token in `token_file` (mode 0600). When there is an instance, only finishes that
// file where an earlier start was cut off. True when it created the instance.
boost::asio::awaitable<bool> set_up_instance(Writer& writer, const Directory& directory, IdSource& ids,
                                             std::filesystem::path token_file);

// The user that the token in that file belongs to, when it is live.
std::optional<Caller> administrator(const Directory& directory, const std::filesystem::path& token_file);

}  // namespace usermeta
