#include <cstring>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "events/base64.hpp"
#include "events/event.hpp"
#include "events/json_string.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;

// Writes an object's members; those that are empty are left out.
class Members {
 public:
  void add(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    begin(name);
    append_json_string(out_, text);
  }
  void add(std::string_view name, int number) {
    if (number == 0) return;
    begin(name);
    out_ += std::to_string(number);
  }
  void add(std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    begin(name);
    char separator = '[';
    for (const std::string& text : texts) {
      out_ += separator;
      append_json_string(out_, text);
      separator = ',';
    }
    out_ += ']';
  }
  void add_true(std::string_view name) {
    begin(name);
    out_ += "true";
  }
  // Bytes stay even when there are none: a value is never empty, a hash never left out.
  void add_bytes(std::string_view name, std::string_view bytes) {
    begin(name);
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
  }
  std::string take() {
    if (out_.empty()) out_ = "{";
    out_ += '}';
    return std::move(out_);
  }

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    append_json_string(out_, name);
    out_ += ':';
  }
  std::string out_;
};

struct Encode {
  Members& out;

  void member(const std::string& user_id, const std::vector<std::string>& roles) const {
    out.add("userId", user_id);
    out.add("roles", roles);
  }
  void operator()(const InstanceAdded& e) const { out.add("name", e.name); }
  void operator()(const InstanceMemberAdded& e) const { member(e.user_id, e.roles); }
  void operator()(const InstanceMemberRemoved& e) const { out.add("userId", e.user_id); }
  void operator()(const OrgAdded& e) const { out.add("name", e.name); }
  void operator()(const OrgMemberAdded& e) const { member(e.user_id, e.roles); }
  void operator()(const OrgMemberRemoved& e) const { out.add("userId", e.user_id); }
  void operator()(const HumanAdded& e) const {
    out.add("userName", e.user_name);
    out.add("firstName", e.first_name);
    out.add("lastName", e.last_name);
    out.add("nickName", e.nick_name);
    out.add("displayName", e.display_name);
    out.add("preferredLanguage", e.preferred_language);
    out.add("gender", e.gender);
    out.add("email", e.email);
  }
  void operator()(const MachineAdded& e) const {
    out.add("userName", e.user_name);
    out.add("name", e.name);
    out.add("description", e.description);
    out.add("accessTokenType", e.access_token_type);
  }
  void operator()(const PatAdded& e) const {
    out.add("tokenId", e.token_id);
    out.add("expiration", to_rfc3339(e.expiration));
    out.add("scopes", e.scopes);
    if (e.token_hash)
      out.add_bytes("tokenHash", {reinterpret_cast<const char*>(e.token_hash->data()), e.token_hash->size()});
  }
  void operator()(const PatRemoved& e) const { out.add("tokenId", e.token_id); }
  void operator()(const MetadataSet& e) const {
    if (e.erased) out.add_true("erased");
    out.add("key", e.key);
    if (!e.erased) out.add_bytes("value", e.value.bytes());
  }
  void operator()(const MetadataRemoved& e) const { out.add("key", e.key); }
  void operator()(const MetadataValuesErased& e) const { out.add("key", e.key); }
  template <class NoMembers>
  void operator()(const NoMembers&) const {}
};

// Reads an object's members; a missing one is empty, one of a wrong type makes the event unreadable.
class Payload {
 public:
  Payload(std::string_view type, const json::object& object) : type_(type), object_(object) {}

  std::string text(std::string_view name) const {
    const json::value* member = find(name);
    if (!member) return {};
    if (!member->is_string()) bad(name);
    return std::string(member->get_string());
  }
  int number(std::string_view name) const {
    const json::value* member = find(name);
    if (!member) return 0;
    if (!member->is_int64() || !std::in_range<int>(member->get_int64())) bad(name);
    return static_cast<int>(member->get_int64());
  }
  std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> result;
    const json::value* member = find(name);
    if (!member) return result;
    if (!member->is_array()) bad(name);
    for (const json::value& element : member->get_array()) {
      if (!element.is_string()) bad(name);
      result.emplace_back(element.get_string());
    }
    return result;
  }
  std::string bytes(std::string_view name) const {
    auto decoded = from_base64(text(name));
    if (!decoded) bad(name);
    return std::move(*decoded);
  }
  // A flag is there and true, or not there.
  bool flag(std::string_view name) const {
    const json::value* member = find(name);
    if (member && *member != json::value(true)) bad(name);
    return member != nullptr;
  }
  Time time(std::string_view name) const {
    const std::string written = text(name);
    // The first seconds of the year 10000 were once taken for a token's expiry, and written without the 1.
    // Such a token has expired.
    if (written.starts_with("0000-01-01T00:00:0")) return Time{};
    const auto parsed = from_rfc3339(written);
    if (!parsed) bad(name);
    return *parsed;
  }
  std::optional<Digest> digest(std::string_view name) const {
    if (!find(name)) return std::nullopt;
    const std::string raw = bytes(name);
    Digest digest;
    if (raw.size() != digest.size()) bad(name);
    std::memcpy(digest.data(), raw.data(), raw.size());
    return digest;
  }

 private:
  const json::value* find(std::string_view name) const {
    const json::value* member = object_.if_contains(name);
    return member && !member->is_null() ? member : nullptr;
  }
  [[noreturn]] void bad(std::string_view name) const {
    throw UnreadableEvent(std::string(type_) + ": member " + std::string(name) + " is damaged");
  }
  std::string_view type_;
  const json::object& object_;
};

void read(const Payload& p, InstanceAdded& e) {
  e.name = p.text("name");
}
void read(const Payload& p, InstanceMemberAdded& e) {
  e = {p.text("userId"), p.texts("roles")};
}
void read(const Payload& p, InstanceMemberRemoved& e) {
  e.user_id = p.text("userId");
}
void read(const Payload& p, OrgAdded& e) {
  e.name = p.text("name");
}
void read(const Payload& p, OrgMemberAdded& e) {
  e = {p.text("userId"), p.texts("roles")};
}
void read(const Payload& p, OrgMemberRemoved& e) {
  e.user_id = p.text("userId");
}
void read(const Payload& p, HumanAdded& e) {
  e = {p.text("userName"),    p.text("firstName"),         p.text("lastName"), p.text("nickName"),
       p.text("displayName"), p.text("preferredLanguage"), p.number("gender"), p.text("email")};
}
void read(const Payload& p, MachineAdded& e) {
  e = {p.text("userName"), p.text("name"), p.text("description"), p.number("accessTokenType")};
}
void read(const Payload& p, PatAdded& e) {
  e = {p.text("tokenId"), p.time("expiration"), p.texts("scopes"), p.digest("tokenHash")};
}
void read(const Payload& p, PatRemoved& e) {
  e.token_id = p.text("tokenId");
}
void read(const Payload& p, MetadataRemoved& e) {
  e.key = p.text("key");
}
void read(const Payload& p, MetadataValuesErased& e) {
  e.key = p.text("key");
}
template <class NoMembers>
void read(const Payload&, NoMembers&) {}

// Finds the alternative of that index and reads its members.
template <std::size_t I = 0>
Event read_alternative(std::size_t index, const Payload& payload) {
  if constexpr (I == std::variant_size_v<Event>) {
    throw std::logic_error("an event type without an alternative");
  } else {
    if (index != I) return read_alternative<I + 1>(index, payload);
    using E = std::variant_alternative_t<I, Event>;
    if constexpr (std::is_same_v<E, MetadataSet>) {
      return MetadataSet{payload.text("key"), Value(payload.bytes("value")), payload.flag("erased")};
    } else {
      E event;
      read(payload, event);
      return event;
    }
  }
}

}  // namespace

std::string encode_payload(const Event& event) {
  Members members;
  std::visit(Encode{members}, event);
  return members.take();
}

Event decode_payload(std::string_view type, int revision, std::string_view payload) {
  const EventType* known = find_type(type);
  if (!known) throw UnreadableEvent("unknown event type " + std::string(type));
  if (revision < 1 || revision > known->revision)
    throw UnreadableEvent(std::string(type) + ": revision " + std::to_string(revision) +
                          " is newer than this program; upgrade it");
  boost::system::error_code error;
  const json::value document = json::parse(payload.empty() ? "{}" : payload, error);
  if (error || !document.is_object())
    throw UnreadableEvent(std::string(type) + ": the payload is no JSON object");
  return read_alternative(event_type_index(*known), Payload(type, document.get_object()));
}

}  // namespace usermeta
