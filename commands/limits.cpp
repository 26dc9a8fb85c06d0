#include "commands/limits.hpp"

#include <algorithm>

namespace usermeta {
namespace {

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

// NUL is refused everywhere: no database text can hold it.
bool fits(std::string_view text, std::size_t least, std::size_t most) {
  const std::size_t length = code_points(text);
  return length >= least && length <= most && text.find('\0') == std::string_view::npos;
}

std::optional<Refusal> unless(bool good, Refusal refusal) {
  return good ? std::nullopt : std::optional(refusal);
}

std::optional<Refusal> check(const MetadataEntry& entry) {
  if (const auto refusal = check_key(entry.key)) return refusal;
  const std::size_t size = entry.value.bytes().size();
  return unless(size >= 1 && size <= kMostValueBytes, Refusal::value_length);
}

std::optional<Refusal> check(const HumanAdded& human) {
  if (!fits(human.user_name, 1, kLongestName)) return Refusal::user_name_length;
  if (!fits(human.first_name, 1, kLongestName)) return Refusal::first_name_length;
  if (!fits(human.last_name, 1, kLongestName)) return Refusal::last_name_length;
  if (!fits(human.nick_name, 0, kLongestName)) return Refusal::nick_name_length;
  if (!fits(human.display_name, 0, kLongestName)) return Refusal::display_name_length;
  if (!fits(human.preferred_language, 0, kLongestLanguage)) return Refusal::language_length;
  if (human.gender < 0 || human.gender > 3) return Refusal::gender_unknown;
  return unless(is_email(human.email), Refusal::email_form);
}

struct Check {
  std::optional<Refusal> operator()(const SetUserMetadata& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return check(c.entry);
  }
  std::optional<Refusal> operator()(const BulkSetUserMetadata& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    for (const MetadataEntry& entry : c.entries)
      if (const auto refusal = check(entry)) return refusal;
    return unless(!c.entries.empty(), Refusal::metadata_empty);
  }
  std::optional<Refusal> operator()(const RemoveUserMetadata& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return check_key(c.key);
  }
  std::optional<Refusal> operator()(const BulkRemoveUserMetadata& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    for (const std::string& key : c.keys)
      if (const auto refusal = check_key(key)) return refusal;
    return unless(!c.keys.empty(), Refusal::metadata_empty);
  }
  std::optional<Refusal> operator()(const EraseMetadataValues& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return c.key.empty() ? std::nullopt : check_key(c.key);
  }
  std::optional<Refusal> operator()(const AddHumanUser& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return check(c.human);
  }
  std::optional<Refusal> operator()(const AddMachineUser& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    if (!fits(c.machine.user_name, 1, kLongestName)) return Refusal::user_name_length;
    if (!fits(c.machine.name, 1, kLongestName)) return Refusal::name_length;
    if (!fits(c.machine.description, 0, kLongestDescription)) return Refusal::description_length;
    const int type = c.machine.access_token_type;
    return unless(type >= 0 && type <= 1, Refusal::token_type_unknown);
  }
  std::optional<Refusal> operator()(const AddPersonalAccessToken& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return unless(!c.expiration || has_rfc3339(*c.expiration), Refusal::date_range);
  }
  std::optional<Refusal> operator()(const RemovePersonalAccessToken& c) const {
    if (const auto refusal = check_user_id(c.user_id)) return refusal;
    return unless(fits(c.token_id, 1, kLongestName), Refusal::token_id_length);
  }
  std::optional<Refusal> operator()(const AddOrg& c) const {
    if (!fits(c.name, 1, kLongestName)) return Refusal::org_name_length;
    return unless(c.name.find_first_not_of(" \t\r\n\v\f") != std::string::npos, Refusal::org_name_blank);
  }
  std::optional<Refusal> operator()(const SetUpInstance&) const { return std::nullopt; }
  template <class OfOneUser>
  std::optional<Refusal> operator()(const OfOneUser& c) const {
    return check_user_id(c.user_id);
  }
};

}  // namespace

std::optional<Refusal> check_limits(const Command& command) {
  return std::visit(Check{}, command);
}

std::optional<Refusal> check_user_id(std::string_view user_id) {
  return unless(fits(user_id, 1, kLongestName), Refusal::user_id_length);
}

std::optional<Refusal> check_key(std::string_view key) {
  return unless(fits(key, 1, kLongestName), Refusal::key_length);
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > kLongestEmail) return false;
  const std::string_view domain = text.substr(at + 1);
  if (domain.empty() || domain.starts_with('.') || domain.ends_with('.')) return false;
  if (domain.find('@') != std::string_view::npos || domain.find("..") != std::string_view::npos) return false;
  const auto printable = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; };
  return std::ranges::all_of(text, printable);
}

}  // namespace usermeta
