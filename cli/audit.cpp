#include "cli/audit.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include "cli/audit_export.hpp"
#include "cli/audit_verify.hpp"
#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "projections/audit_log.hpp"
#include "projections/event_list.hpp"
#include "proof/signed_note.hpp"

namespace usermeta {
namespace {

struct KeyOptions {
  CommandOptions common;
  AuditOptions audit;
};

void print_key(const KeyOptions& options, const std::string& conninfo) {
  const SigningKey key = read_audit_key(options.audit, options.common.database.data);
  CommandConnection connection(
      {.conninfo = conninfo, .application_name = "usermeta audit", .settings = kByEventIndex});
  const auto identity = connection.run(audit_identity(connection.pipeline()));
  if (!identity) throw std::runtime_error("the log has no event yet, and so no name");
  std::printf("%s\n", to_text(VerifierKey{identity->origin, key.public_key()}).c_str());
}

void add_key(CLI::App& audit, int& result) {
  CLI::App* command = audit.add_subcommand("key",
                                           "Print the public key that verifies the checkpoints, as signed "
                                           "notes have it (NAME+ID+KEY)");
  const auto options = std::make_shared<KeyOptions>();
  add_command_options(*command, options->common);
  add_audit_key_option(*command, options->audit);
  command->callback([options, &result] {
    result =
        run_command(options->common, [&](const std::string& conninfo) { print_key(*options, conninfo); });
  });
}

}  // namespace

void add_audit(CLI::App& app, int& result) {
  CLI::App* audit = app.add_subcommand("audit", "The transparency log: what proves the events");
  audit->require_subcommand(1);
  add_key(*audit, result);
  add_audit_export(*audit, result);
  add_audit_verify(*audit, result);
}

}  // namespace usermeta
