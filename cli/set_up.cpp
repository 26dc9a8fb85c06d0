#include "cli/set_up.hpp"

#include <fstream>
#include <stdexcept>

#include "http/token.hpp"
#include "store/data_directory.hpp"

namespace usermeta {

namespace asio = boost::asio;

namespace {

void keep(const std::filesystem::path& unsure, const std::filesystem::path& token_file) {
  std::filesystem::rename(unsure, token_file);
  sync_directory(token_file.parent_path());
}

}  // namespace

asio::awaitable<bool> set_up_instance(Writer& writer, const Directory& directory, IdSource& ids,
                                      std::filesystem::path token_file) {
  const std::filesystem::path unsure = token_file.string() + ".new";
  if (!directory.instance_owners().empty()) {
    // A start that was cut off below may have left the token of the administrator that it made.
    if (administrator(directory, unsure)) keep(unsure, token_file);
    co_return false;
  }
  const std::string token = new_token();
  Command set_up = SetUpInstance{"usermeta",       ids.next(), "usermeta",          ids.next(),
                                 "usermeta-admin", ids.next(), hash_of_token(token)};
  // The file first: after a crash in between, the next start finds the token.
  replace_file(unsure, token + "\n", 0600);
  CommandRequest request{std::move(set_up),
                         {},
                         "SYSTEM",
                         [](std::string_view) { return std::nullopt; },
                         {},
                         std::chrono::steady_clock::now() + std::chrono::seconds(30)};
  const Answer answer = co_await writer.handle(std::move(request));
  if (std::holds_alternative<Unavailable>(answer))
    throw std::runtime_error("the database could not be set up in time");
  if (const auto* refusal = std::get_if<Refusal>(&answer)) {
    if (*refusal != Refusal::instance_exists)
      throw std::runtime_error(std::string(text_of(*refusal).message));
    // Another process was first; its administrator's token is where that process put it.
    std::filesystem::remove(unsure);
    co_return false;
  }
  keep(unsure, token_file);
  co_return true;
}

std::optional<Caller> administrator(const Directory& directory, const std::filesystem::path& token_file) {
  std::ifstream file(token_file);
  std::string token;
  if (!std::getline(file, token)) return std::nullopt;
  return directory.find(hash_of_token(token), current_time());
}

}  // namespace usermeta
