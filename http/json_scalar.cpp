#include "http/json_scalar.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include <google/protobuf/timestamp.pb.h>

#include "events/base64.hpp"
#include "http/timestamp_text.hpp"

namespace usermeta {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string_view take_digits(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string_view digits = rest.substr(0, end);
  rest.remove_prefix(end);
  return digits;
}

bool take(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

// A decimal number as it is written: `digits` times ten to the `exponent`.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

std::optional<Decimal> parse_decimal(std::string_view rest) {
  Decimal decimal;
  decimal.negative = take(rest, "-");
  decimal.digits = take_digits(rest);
  if (decimal.digits.empty() || (decimal.digits.size() > 1 && decimal.digits.front() == '0'))
    return std::nullopt;
  if (take(rest, ".")) {
    const std::string_view fraction = take_digits(rest);
    if (fraction.empty()) return std::nullopt;
    decimal.digits += fraction;
    decimal.exponent = -static_cast<std::int64_t>(fraction.size());
  }
  if (take(rest, "eE")) {
    const bool down = take(rest, "-");
    if (!down) take(rest, "+");
    const std::string_view digits = take_digits(rest);
    if (digits.empty()) return std::nullopt;
    // Farther than any text is long, so that the end stop changes no answer.
    constexpr std::int64_t far = std::int64_t{1} << 40;
    std::int64_t exponent = 0;
    for (const char c : digits) exponent = std::min(far, exponent * 10 + (c - '0'));
    decimal.exponent += down ? -exponent : exponent;
  }
  if (!rest.empty()) return std::nullopt;
  return decimal;
}

template <typename Target>
std::optional<Target> narrow(WholeNumber number) {
  const auto highest = static_cast<std::uint64_t>(std::numeric_limits<Target>::max());
  if (!number.negative) {
    if (number.magnitude > highest) return std::nullopt;
    return static_cast<Target>(number.magnitude);
  }
  // One more fits below zero than above it; nothing does when there is no below.
  const std::uint64_t lowest = std::numeric_limits<Target>::is_signed ? highest + 1 : 0;
  if (number.magnitude > lowest) return std::nullopt;
  return static_cast<Target>(std::uint64_t{0} - number.magnitude);
}

const char* put_timestamp(Message& message, const FieldDescriptor& field, std::string_view text) {
  google::protobuf::Timestamp instant;
  if (!parse_timestamp(text, instant)) return wanted(field);
  const Reflection& reflection = *message.GetReflection();
  Message* place = field.is_repeated() ? reflection.AddMessage(&message, &field)
                                       : reflection.MutableMessage(&message, &field);
  dynamic_cast<google::protobuf::Timestamp&>(*place) = instant;
  return nullptr;
}

void put_string(Message& message, const FieldDescriptor& field, std::string value) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(&message, &field, std::move(value));
  } else {
    reflection.SetString(&message, &field, std::move(value));
  }
}

void put_enum(Message& message, const FieldDescriptor& field, int number) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddEnumValue(&message, &field, number);
  } else {
    reflection.SetEnumValue(&message, &field, number);
  }
}

}  // namespace

std::optional<WholeNumber> parse_whole_number(std::string_view text) {
  std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal) return std::nullopt;
  std::string& digits = decimal->digits;
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return WholeNumber{};
  decimal->exponent += static_cast<std::int64_t>(digits.size() - last - 1);
  digits.resize(last + 1);
  digits.erase(0, digits.find_first_not_of('0'));

  constexpr std::int64_t most_digits = std::numeric_limits<std::uint64_t>::digits10 + 1;
  if (decimal->exponent < 0) return std::nullopt;
  if (static_cast<std::int64_t>(digits.size()) + decimal->exponent > most_digits) return std::nullopt;
  digits.append(static_cast<std::size_t>(decimal->exponent), '0');

  constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
  WholeNumber number{decimal->negative, 0};
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number.magnitude > (highest - digit) / 10) return std::nullopt;
    number.magnitude = number.magnitude * 10 + digit;
  }
  return number;
}

const char* put_text(Message& message, const FieldDescriptor& field, std::string_view text) {
  if (field.type() == FieldDescriptor::TYPE_STRING) {
    put_string(message, field, std::string(text));
    return nullptr;
  }
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    std::optional<std::string> bytes = from_base64(text);
    if (!bytes) return wanted(field);
    put_string(message, field, *std::move(bytes));
    return nullptr;
  }
  if (field.type() == FieldDescriptor::TYPE_ENUM) {
    const auto* value = field.enum_type()->FindValueByName(std::string(text));
    if (value == nullptr) return wanted(field);
    put_enum(message, field, value->number());
    return nullptr;
  }
  if (is_timestamp(field)) return put_timestamp(message, field, text);
  const std::optional<WholeNumber> number = parse_whole_number(text);
  return number ? put_number(message, field, *number) : wanted(field);
}

const char* put_number(Message& message, const FieldDescriptor& field, WholeNumber number) {
  const Reflection& reflection = *message.GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (const auto value = narrow<std::int32_t>(number)) {
        add ? reflection.AddInt32(&message, &field, *value) : reflection.SetInt32(&message, &field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      if (const auto value = narrow<std::uint32_t>(number)) {
        add ? reflection.AddUInt32(&message, &field, *value) : reflection.SetUInt32(&message, &field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      if (const auto value = narrow<std::int64_t>(number)) {
        add ? reflection.AddInt64(&message, &field, *value) : reflection.SetInt64(&message, &field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      if (const auto value = narrow<std::uint64_t>(number)) {
        add ? reflection.AddUInt64(&message, &field, *value) : reflection.SetUInt64(&message, &field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (const auto value = narrow<std::int32_t>(number)) {
        put_enum(message, field, *value);
        return nullptr;
      }
      break;
    default:
      break;
  }
  return wanted(field);
}

const char* put_bool(Message& message, const FieldDescriptor& field, bool value) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return wanted(field);
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddBool(&message, &field, value);
  } else {
    reflection.SetBool(&message, &field, value);
  }
  return nullptr;
}

const char* wanted(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return "must be a whole number of 32 bits";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "must be a whole number of 32 bits, not negative";
    case FieldDescriptor::CPPTYPE_INT64:
      return "must be a whole number of 64 bits";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "must be a whole number of 64 bits, not negative";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "must be true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "must be one of the names of its enumeration, or a number";
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "must be a string of base64" : "must be a string";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.is_map()) break;
      return is_timestamp(field) ? "must be a time as in RFC 3339, in the years 0001 to 9999"
                                 : "must be an object";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
  throw std::logic_error("no JSON for the field " + field.full_name());
}

bool is_timestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP;
}

bool is_object(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !is_timestamp(field);
}

}  // namespace usermeta
