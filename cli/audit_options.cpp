#include "cli/audit_options.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "store/data_directory.hpp"

namespace usermeta {
namespace {

namespace fs = std::filesystem;

fs::path key_file(const AuditOptions& options, const fs::path& data) {
  return options.key.empty() ? data / "audit.key" : fs::path(options.key);
}

SigningKey read(const fs::path& file) {
  std::ifstream stream(file);
  const std::string pem(std::istreambuf_iterator<char>(stream), {});
  if (!stream) throw std::runtime_error("the audit key " + file.string() + " cannot be read");
  try {
    return SigningKey::from_pem(pem);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("the audit key " + file.string() + " " + error.what());
  }
}

}  // namespace

void add_audit_key_option(CLI::App& command, AuditOptions& options) {
  command
      .add_option(
          "--audit-key", options.key,
          "Private key that signs the transparency log (Ed25519, PEM); DATA/audit.key otherwise. All\n"
          "processes on one database must have the same")
      ->envname("USERMETA_AUDIT_KEY")
      ->type_name("FILE");
}

void add_audit_options(CLI::App& command, AuditOptions& options) {
  add_audit_key_option(command, options);
  command
      .add_option("--audit-checkpoint-events", options.checkpoint_events,
                  "Events after which the transparency log is signed again")
      ->envname("USERMETA_AUDIT_CHECKPOINT_EVENTS")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  // CLI::Range would let "nan" pass.
  const auto in_range = [](const std::string& text) -> std::string {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value >= 0.1 && value <= 86'400;
    return good ? "" : "Value " + text + " not in range 0.1 to 86400";
  };
  command
      .add_option("--audit-checkpoint-seconds", options.checkpoint_seconds,
                  "Seconds after which it is, when there is something new")
      ->envname("USERMETA_AUDIT_CHECKPOINT_SECONDS")
      ->check(CLI::Validator(in_range, "SECONDS in [0.1 - 86400]", "seconds"))
      ->capture_default_str();
}

SigningKey make_audit_key(const AuditOptions& options, const fs::path& data) {
  const fs::path file = key_file(options, data);
  if (options.key.empty() && !fs::exists(file)) replace_file(file, SigningKey::generate().to_pem(), 0600);
  return read(file);
}

SigningKey read_audit_key(const AuditOptions& options, const fs::path& data) {
  const fs::path file = key_file(options, data);
  if (!fs::exists(file))
    throw std::runtime_error("there is no audit key " + file.string() +
                             ": name the service's --data, or its --audit-key");
  return read(file);
}

}  // namespace usermeta
