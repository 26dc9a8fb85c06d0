#include "cli/log.hpp"

#include <stdexcept>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "events/json_string.hpp"

namespace usermeta {
namespace {

// The message on one line: what others wrote (PostgreSQL above all) may have several.
class TextMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view text(message.payload.data(), message.payload.size());
    while (!text.empty() && is_control(text.back())) text.remove_suffix(1);
    for (const char c : text) out.push_back(is_control(c) ? ' ' : c);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<TextMessage>();
  }

 private:
  static bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
};

// The message as a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string text;
    append_json_string(text, {message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

}  // namespace

std::shared_ptr<spdlog::logger> make_log(const std::string& format, const std::string& level) {
  auto log =
      std::make_shared<spdlog::logger>("usermeta", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (format == "json")
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  else if (format == "text")
    formatter->add_flag<TextMessage>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %*");
  else
    throw std::runtime_error("--log-format is text or json, not " + format);
  log->set_formatter(std::move(formatter));
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off")
    throw std::runtime_error("--log-level is debug, info, warn, error or off, not " + level);
  log->set_level(parsed);
  log->flush_on(spdlog::level::info);
  return log;
}

}  // namespace usermeta
