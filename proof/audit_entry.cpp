#include "proof/audit_entry.hpp"

#include "events/cloud_event.hpp"
#include "events/hex.hpp"
#include "proof/tiles.hpp"

namespace usermeta {
namespace {

// The bytes of an entry, of which few have more.
constexpr std::size_t kUsual = 600;

constexpr std::string_view kHexDigits = "0123456789abcdef";

// Members in the order in which they are added, which must be that of their names.
class CanonicalObject {
 public:
  CanonicalObject() { json_.reserve(kUsual); }
  void add(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    begin(name);
    append_canonical(json_, text);
  }
  void add_plain(std::string_view name, std::string_view text) {
    begin(name);
    json_ += '"';
    json_ += text;
    json_ += '"';
  }
  std::string take() {
    json_ += '}';
    return std::move(json_);
  }

 private:
  void begin(std::string_view name) {
    json_ += json_.empty() ? "{\"" : ",\"";
    json_ += name;
    json_ += "\":";
  }

  std::string json_;
};

char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

void append_escaped(std::string& out, char c) {
  if (const char escape = short_escape(c)) {
    out += '\\';
    out += escape;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHexDigits[byte >> 4U];
  out += kHexDigits[byte & 15U];
}

// An entry has four digits for a year.
void check_date(const Envelope& event) {
  if (!has_rfc3339(event.created_at))
    throw UnreadableEvent("the event at position " + std::to_string(event.position) +
                          " is dated outside the years 1 to 9999");
}

}  // namespace

void append_canonical(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // start of the run that is copied as it is
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    append_escaped(out, text[i]);
  }
  out += text.substr(plain);
  out += '"';
}

Envelope::Envelope(const Recorded& event)
    : position(event.position),
      aggregate(event.aggregate),
      sequence(event.sequence),
      type(event.type),
      revision(event.revision),
      created_at(event.created_at),
      creator(event.creator),
      owner(event.owner),
      origin(event.origin) {}

Envelope::Envelope(const NewEvent& event, Position position, Time created_at)
    : position(position),
      aggregate(event.aggregate),
      sequence(event.sequence),
      type(type_of(event.event).name),
      revision(type_of(event.event).revision),
      created_at(created_at),
      creator(event.creator),
      owner(event.owner),
      origin(event.origin) {}

Digest payload_hash(const Salt& salt, std::string_view payload) {
  // Kept, so that a log's payloads do not ask for memory each.
  thread_local std::string bytes;
  bytes.assign(reinterpret_cast<const char*>(salt.data()), salt.size());
  bytes += payload;
  return sha256(bytes);
}

std::string audit_entry(const Envelope& event, std::string_view source, const Digest& payload_hash) {
  check_date(event);
  CanonicalObject entry;
  entry.add("aggregatetype", name_of(event.aggregate.type));
  entry.add("clientaddress", event.origin.address);
  entry.add("creator", event.creator);
  entry.add_plain("id", std::to_string(event.position));
  entry.add("owner", event.owner);
  entry.add_plain("payloadsha256", to_hex(bytes_of(payload_hash)));
  entry.add("requestid", event.origin.request_id);
  entry.add_plain("revision", std::to_string(event.revision));
  entry.add_plain("sequence", std::to_string(event.sequence));
  entry.add("source", source);
  entry.add_plain("specversion", "1.0");
  entry.add("subject", subject_of(event.aggregate));
  entry.add_plain("time", to_rfc3339(event.created_at));
  entry.add("traceparent", event.origin.traceparent);
  entry.add("type", event.type);
  std::string text = entry.take();
  if (text.size() > kLongestEntry)
    throw UnreadableEvent("the event at position " + std::to_string(event.position) +
                          " is too long for an entry of the transparency log");
  return text;
}

}  // namespace usermeta
