#include "proof/audit_export.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "events/base64.hpp"
#include "events/cloud_event.hpp"
#include "events/hex.hpp"
#include "proof/audit_entry.hpp"
#include "proof/tiles.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "1";
// No text before it can have it: a quote in a text has a backslash before it.
constexpr std::string_view kData = ",\"data\":";

json::array in_base64(const std::vector<Digest>& hashes) {
  json::array all;
  for (const Digest& hash : hashes) all.emplace_back(to_base64(bytes_of(hash)));
  return all;
}

std::optional<Digest> digest_of(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    const char* const end = text.data() + 2 * i + 2;
    const auto [stop, error] = std::from_chars(end - 2, end, value, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    bytes[i] = static_cast<char>(value);
  }
  return bytes;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// An object's text members; those that are not there are empty.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::string_view view(std::string_view name) const {
    const json::value* found = object_.if_contains(name);
    const json::string* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
  }
  std::string text(std::string_view name) const { return std::string(view(name)); }
  std::int64_t number(std::string_view name) const { return number_of(view(name)); }
  std::vector<Digest> hashes(std::string_view name) const {
    std::vector<Digest> all;
    const json::value* found = object_.if_contains(name);
    if (!found || !found->is_array()) return all;
    for (const json::value& value : found->get_array()) {
      const auto bytes = value.is_string() ? from_base64(value.get_string()) : std::nullopt;
      if (const auto hash = bytes ? digest_of(*bytes) : std::nullopt) all.push_back(*hash);
    }
    return all;
  }

 private:
  const json::object& object_;
};

// All but the payload. What a member says wrongly is found when the line is written again.
Evidence evidence_of(const Members& members) {
  Evidence evidence;
  Recorded& event = evidence.event;
  event.position = members.number("id");
  event.aggregate.type = find_aggregate_type(members.view("aggregatetype")).value_or(AggregateType::user);
  const std::string_view subject = members.view("subject");
  event.aggregate.id = subject.substr(std::min(subject.find('/') + 1, subject.size()));
  event.sequence = members.number("sequence");
  event.type = members.text("type");
  event.revision = static_cast<int>(members.number("revision"));
  event.created_at = from_rfc3339(members.view("time")).value_or(Time{});
  event.creator = members.text("creator");
  event.owner = members.text("owner");
  event.origin = {members.text("requestid"), members.text("traceparent"), members.text("clientaddress")};
  const auto salt = from_hex(members.view("salt"));
  if (salt && salt->size() == event.salt.size()) std::memcpy(event.salt.data(), salt->data(), salt->size());
  evidence.erased_by = members.number("erasedby");
  const auto hash = from_hex(members.view("payloadsha256"));
  if (hash) evidence.payload_hash = digest_of(*hash);
  const auto leaf = from_hex(members.view("leafhash"));
  evidence.leaf = leaf ? digest_of(*leaf) : std::nullopt;
  return evidence;
}

}  // namespace

std::string to_line(const ExportHeader& header) {
  return json::serialize(json::object{{"usermetaexport", kVersion},
                                      {"from", std::to_string(header.from)},
                                      {"until", std::to_string(header.until)},
                                      {"checkpoint", header.note},
                                      {"before", in_base64(header.before)},
                                      {"after", in_base64(header.after)}}) +
         "\n";
}

std::optional<ExportHeader> parse_export_header(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return std::nullopt;
  const Members members(*object);
  if (members.view("usermetaexport") != kVersion) return std::nullopt;
  ExportHeader header{members.number("from"), members.number("until"), members.text("checkpoint"),
                      members.hashes("before"), members.hashes("after")};
  if (header.from < 1 || header.until < header.from - 1) return std::nullopt;
  return header;
}

std::string to_line(const Evidence& evidence, const std::string& instance) {
  const Recorded& event = evidence.event;
  CloudEvent line = cloud_event(event, {instance, {}});
  const auto add = [&line](std::string_view name, std::string value) {
    if (!value.empty()) line.attributes.emplace_back(name, std::move(value));
  };
  add("clientaddress", event.origin.address);
  if (evidence.payload_hash)
    add("payloadsha256", to_hex(bytes_of(*evidence.payload_hash)));
  else
    add("salt", to_hex({reinterpret_cast<const char*>(event.salt.data()), event.salt.size()}));
  if (evidence.erased_by != 0) add("erasedby", std::to_string(evidence.erased_by));
  if (evidence.leaf) add("leafhash", to_hex(bytes_of(*evidence.leaf)));
  return as_json(line) + "\n";
}

std::optional<Evidence> parse_entry(std::string_view entry) {
  std::array<unsigned char, 4096> room;
  json::monotonic_resource memory(room.data(), room.size());
  boost::system::error_code error;
  const json::value value = json::parse(entry, error, &memory);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return std::nullopt;
  Evidence evidence = evidence_of(Members(*object));
  if (!evidence.payload_hash) return std::nullopt;
  evidence.is_entry = true;
  return evidence;
}

std::optional<Evidence> parse_export_line(std::string_view line, const std::string& instance) {
  const std::size_t data = line.find(kData);
  if (data == std::string_view::npos || !line.ends_with('}')) return std::nullopt;
  // Most lines have their attributes in there without asking for memory.
  std::array<unsigned char, 4096> room;
  json::monotonic_resource memory(room.data(), room.size());
  boost::system::error_code error;
  const json::value value = json::parse(std::string(line.substr(0, data)) + '}', error, &memory);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return std::nullopt;
  Evidence evidence = evidence_of(Members(*object));
  const std::size_t payload = data + kData.size();
  evidence.event.payload = line.substr(payload, line.size() - payload - 1);
  if (to_line(evidence, instance) != std::string(line) + "\n") return std::nullopt;
  return evidence;
}

}  // namespace usermeta
