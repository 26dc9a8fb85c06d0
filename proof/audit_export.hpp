#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proof/log_check.hpp"

namespace usermeta {

// A log, or a part of it, as it is exported: lines of JSON. The first is the header,
//
//   {"usermetaexport":"1","from":"1","until":"4711","checkpoint":"a signed note",
//    "before":["base64",...],"after":["base64",...]}
//
// and then each event is a CloudEvent in CloudEvents' JSON format. Besides what Kafka is told it has as
// extensions what its entry in the tree is made of:
//
//   clientaddress    as in the entry
//   salt             32 hexadecimal digits; of an erased value none
//   payloadsha256    of an erased value only: the hash that its payload had
//   erasedby         the same: the position of the event that asked for it
//   leafhash         64 hexadecimal digits: what the tree has of it
//
// `data`, the last member, is the payload byte for byte as it is stored.
struct ExportHeader {
  Position from = 1;
  Position until = 0;  // of the last event; from - 1 for none
  std::string note;    // the checkpoint that the events belong to
  // The roots of the perfect subtrees (see subtree_levels) of what is before the first event, and behind the
  // last one up to the checkpoint.
  std::vector<Digest> before, after;
};
std::string to_line(const ExportHeader& header);
// Nothing for what is no such header.
std::optional<ExportHeader> parse_export_header(std::string_view line);

std::string to_line(const Evidence& evidence, const std::string& instance);

// What an entry of the tree tells (see audit_entry); nothing for what is none.
std::optional<Evidence> parse_entry(std::string_view entry);

// Nothing for what is no such line, byte for byte as to_line() writes it.
std::optional<Evidence> parse_export_line(std::string_view line, const std::string& instance);

}  // namespace usermeta
