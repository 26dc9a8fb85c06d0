#pragma once

#include <string>
#include <vector>

#include "commands/refusal.hpp"

namespace usermeta {

// What programs can read of a failure: a message, in protobuf's binary form, and its type's full name.
struct FailureDetail {
  std::string type;
  std::string message;
};

// Why a call has no answer, in terms that every wire format can say. `code` is google.rpc.Code.
struct Failure {
  int code = 2;
  std::string id;  // empty: none
  std::string message;
  std::vector<FailureDetail> details = {};  // besides the id's own; REST has no place for them
};

inline constexpr int kCancelled = 1;
inline constexpr int kUnknownCode = 2;
inline constexpr int kInvalidArgument = 3;
inline constexpr int kDeadlineExceeded = 4;
inline constexpr int kNotFound = 5;
inline constexpr int kResourceExhausted = 8;
inline constexpr int kUnimplemented = 12;
inline constexpr int kInternal = 13;
inline constexpr int kUnavailable = 14;

// A rule's no, as its caller sees it.
Failure failure_of(Refusal refusal);

// The HTTP status that goes with a gRPC code.
unsigned http_status_of(int code);

// {"code":9,"message":"text (ID)","details":[{"@type":...,"id":"ID","message":"text"}]}
std::string failure_as_json(const Failure& failure);

}  // namespace usermeta
