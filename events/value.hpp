#pragma once

#include <string>
#include <utility>

#include "events/digest.hpp"

namespace usermeta {

// A metadata value: any bytes. Rules compare values by their digest, so a value that only takes part in a
// decision is loaded without its bytes.
class Value {
 public:
  explicit Value(std::string bytes) : bytes_(std::move(bytes)), digest_(sha256(bytes_)) {}
  // A value whose bytes stay where they are; `bytes()` is empty.
  static Value known_by(const Digest& digest) { return Value(digest); }

  const std::string& bytes() const { return bytes_; }
  const Digest& digest() const { return digest_; }

  friend bool operator==(const Value& a, const Value& b) { return a.digest_ == b.digest_; }

 private:
  explicit Value(const Digest& digest) : digest_(digest) {}

  std::string bytes_;
  Digest digest_;
};

}  // namespace usermeta
