#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <google/protobuf/descriptor.h>

#include "http/json_codec.hpp"
#include "http/json_scalar.hpp"
#include "http/limits.hpp"

namespace usermeta {
namespace {

using boost::system::error_code;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t max_depth = 100;

// Members are told apart by one bit each.
constexpr int max_fields = 64;

std::uint64_t bit(int index) {
  return std::uint64_t{1} << index;
}

// Both names of a field are looked at in turn: our messages have a handful of fields, and comparing lengths
// first makes this cheaper than any map.
const FieldDescriptor* find_member(const Descriptor& type, std::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->json_name() == name || field->name() == name) return field;
  }
  return nullptr;
}

// What Boost.JSON's push parser tells, done to a message. A handler of boost::json::basic_parser: false and
// an error code end the parse, and `problem()` then says where and why.
class MessageFiller {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit MessageFiller(Message& root) : root_(root) {}

  const std::string& problem() const { return problem_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code& ec) {
    if (passes_over_nested()) return true;
    if (levels_.empty()) {
      enter(root_);
      return true;
    }
    if (const char* refusal = refuse_here()) return fail(refusal, ec);
    const Level& level = levels_.back();
    if (!is_object(*level.field)) return fail(wanted(*level.field), ec);
    const auto& reflection = *level.message->GetReflection();
    enter(level.in_array ? *reflection.AddMessage(level.message, level.field)
                         : *reflection.MutableMessage(level.message, level.field));
    return true;
  }

  bool on_object_end(std::size_t, error_code&) {
    if (ignored_depth_ > 0) {
      --ignored_depth_;
    } else {
      levels_.pop_back();
    }
    return true;
  }

  bool on_array_begin(error_code& ec) {
    if (passes_over_nested()) return true;
    if (levels_.empty()) return fail(no_object, ec);
    Level& level = levels_.back();
    if (!level.field->is_repeated() || level.in_array) return fail(wanted(*level.field), ec);
    level.in_array = true;
    return true;
  }

  bool on_array_end(std::size_t, error_code&) {
    if (ignored_depth_ > 0) {
      --ignored_depth_;
    } else {
      levels_.back().in_array = false;
    }
    return true;
  }

  bool on_key_part(std::string_view part, std::size_t, error_code&) {
    if (ignored_depth_ == 0) text_ += part;
    return true;
  }

  bool on_key(std::string_view last_part, std::size_t, error_code& ec) {
    if (ignored_depth_ > 0) return true;
    Level& level = levels_.back();
    level.field = find_member(*level.type, joined(last_part));
    text_.clear();
    ignore_next_ = level.field == nullptr;
    if (ignore_next_) return true;
    const std::uint64_t own_bit = bit(level.field->index());
    if (level.seen & own_bit) return fail("is given twice", ec);
    level.seen |= own_bit;
    return true;
  }

  bool on_string_part(std::string_view part, std::size_t, error_code&) {
    if (ignored_depth_ == 0 && !ignore_next_) text_ += part;
    return true;
  }

  bool on_string(std::string_view last_part, std::size_t, error_code& ec) {
    if (passes_over_scalar()) return true;
    const char* refusal = refuse_here();
    if (refusal == nullptr) refusal = put_text(*levels_.back().message, field(), joined(last_part));
    text_.clear();
    return refusal == nullptr || fail(refusal, ec);
  }

  // Never called for a text that comes in one piece; needed by the parser all the same.
  bool on_number_part(std::string_view part, error_code&) {
    text_ += part;
    return true;
  }

  bool on_int64(std::int64_t value, std::string_view, error_code& ec) {
    const auto bits = static_cast<std::uint64_t>(value);
    return take_number(value < 0 ? WholeNumber{true, 0 - bits} : WholeNumber{false, bits}, ec);
  }

  bool on_uint64(std::uint64_t value, std::string_view, error_code& ec) {
    return take_number(WholeNumber{false, value}, ec);
  }

  // The double is not looked at: it has lost digits that the text still has.
  bool on_double(double, std::string_view last_part, error_code& ec) {
    return take_number(parse_whole_number(joined(last_part)), ec);
  }

  bool on_bool(bool value, error_code& ec) {
    if (passes_over_scalar()) return true;
    const char* refusal = refuse_here();
    if (refusal == nullptr) refusal = put_bool(*levels_.back().message, field(), value);
    return refusal == nullptr || fail(refusal, ec);
  }

  bool on_null(error_code& ec) {
    if (passes_over_scalar()) return true;
    if (levels_.empty()) return fail(no_object, ec);
    return !levels_.back().in_array || fail("must not be null", ec);
  }

  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  static constexpr const char* no_object = "must be one JSON object";

  // An open object that is a message of ours.
  struct Level {
    Message* message;
    const Descriptor* type;
    const FieldDescriptor* field = nullptr;  // the member whose value comes next, or is inside
    std::uint64_t seen = 0;                  // by the field's index
    std::uint64_t seen_oneofs = 0;           // by the oneof's index
    bool in_array = false;                   // between the brackets of `field`
  };

  void enter(Message& message) {
    const Descriptor* type = message.GetDescriptor();
    if (type->field_count() > max_fields) throw std::logic_error("too many fields: " + type->full_name());
    levels_.push_back(Level{&message, type});
  }

  const FieldDescriptor& field() const { return *levels_.back().field; }

  std::string_view joined(std::string_view last_part) {
    if (text_.empty()) return last_part;
    text_ += last_part;
    return text_;
  }

  bool passes_over_scalar() {
    if (ignored_depth_ > 0) return true;
    const bool ignored = ignore_next_;
    ignore_next_ = false;
    return ignored;
  }

  bool passes_over_nested() {
    if (!passes_over_scalar()) return false;
    ++ignored_depth_;
    return true;
  }

  // Why no value other than null and an array may stand here, whatever its type.
  const char* refuse_here() {
    if (levels_.empty()) return no_object;
    if (++parts_ > kMostParts) return "is one value too many";
    Level& level = levels_.back();
    if (level.field->is_repeated() && !level.in_array) return "must be an array";
    if (const auto* oneof = level.field->containing_oneof()) {
      if (level.seen_oneofs & bit(oneof->index())) return "excludes another member that is given";
      level.seen_oneofs |= bit(oneof->index());
    }
    return nullptr;
  }

  bool take_number(std::optional<WholeNumber> number, error_code& ec) {
    text_.clear();
    if (passes_over_scalar()) return true;
    const char* refusal = refuse_here();
    if (refusal == nullptr) {
      refusal = number ? put_number(*levels_.back().message, field(), *number) : wanted(field());
    }
    return refusal == nullptr || fail(refusal, ec);
  }

  bool fail(const char* refusal, error_code& ec) {
    problem_ = path();
    if (!problem_.empty()) problem_ += ' ';
    problem_ += refusal;
    ec = boost::json::error::syntax;  // any code ends the parse; `problem()` is what counts
    return false;
  }

  // As in `metadata[3].value`: names of fields only, so that nothing of the text gets into a message.
  std::string path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (!path.empty()) path += '.';
      path += level.field->json_name();
      if (!level.in_array) continue;
      const int size = level.message->GetReflection()->FieldSize(*level.message, level.field);
      const int index = &level == &levels_.back() ? size : size - 1;
      path += '[' + std::to_string(index) + ']';
    }
    return path;
  }

  Message& root_;
  std::vector<Level> levels_;
  std::string text_;  // of a key or string that comes in parts, because it has escapes
  std::string problem_;
  std::size_t parts_ = 0;          // values that were put into a message
  std::size_t ignored_depth_ = 0;  // open arrays and objects inside the value of an unknown member
  bool ignore_next_ = false;       // the next value is an unknown member's
};

}  // namespace

std::optional<Malformed> decode_json(std::string_view text, Message& into) {
  into.Clear();
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;

  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<MessageFiller> parser(options, into);
  error_code error;
  const std::size_t end = parser.write_some(false, text.data(), text.size(), error);
  if (!error && end == text.size()) return std::nullopt;

  std::string what = parser.handler().problem();
  if (!error) {
    what = "goes on after the JSON object";
  } else if (error == boost::json::error::too_deep) {
    what = "is nested too deep";
  } else if (what.empty()) {
    what = "is not JSON: " + error.message();
  }
  return Malformed{what + " (byte " + std::to_string(end) + ")"};
}

}  // namespace usermeta
