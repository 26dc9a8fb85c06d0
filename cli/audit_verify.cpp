#include "cli/audit_verify.hpp"

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include "cli/audit_file.hpp"
#include "cli/audit_url.hpp"
#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/log.hpp"
#include "cli/progress.hpp"
#include "cli/seen_checkpoint.hpp"
#include "events/base64.hpp"
#include "projections/audit_log.hpp"
#include "projections/audit_verification.hpp"
#include "projections/event_list.hpp"
#include "proof/tiles.hpp"
#include "store/migrate.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct VerifyOptions {
  CommandOptions common;
  AuditOptions audit;
  std::string source;  // "": the database
  std::string key;
  std::string token;
  std::vector<std::string> checkpoints;  // files
};

std::string read_file(const std::string& name) {
  std::ifstream stream(name);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream) throw std::runtime_error(name + " cannot be read");
  return text;
}

// The key that must have signed: the one that was named, or this machine's own, under the name that the note
// has.
VerifierKey key_for(const VerifyOptions& options, const std::string& note) {
  if (!options.key.empty()) {
    const auto key = parse_verifier_key(options.key);
    if (!key)
      throw std::runtime_error("--key " + options.key + " is no key as `usermeta audit key` prints it");
    return *key;
  }
  const auto checkpoint = parse_checkpoint(note);
  if (!checkpoint) throw NotSigned("the checkpoint is damaged");
  try {
    return {checkpoint->origin, read_audit_key(options.audit, options.common.database.data).public_key()};
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("which key must have signed it? Give --key; ") + error.what());
  }
}

std::vector<Checkpoint> old_checkpoints(const VerifyOptions& options, const VerifierKey& key) {
  std::vector<Checkpoint> old;
  old.reserve(options.checkpoints.size());
  for (const std::string& file : options.checkpoints)
    old.push_back(signed_checkpoint(read_file(file), key, "the checkpoint in " + file));
  return old;
}

// What the service has seen signed, when it is its own database that is verified. Who may not read it is told
// that it is not looked at.
std::string seen_checkpoint(const VerifyOptions& options) {
  if (!options.source.empty()) return {};
  try {
    return SeenCheckpoint::read(options.common.database.data);
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "usermeta: without what the service has seen signed: %s\n", error.what());
    return {};
  }
}

void show(Progress& progress, Position done, Position of) {
  progress.show(done, of, Progress::Clock::now());
}

asio::awaitable<Verdict> verify(PgPipeline& pipeline, const VerifyOptions& options, Progress& progress) {
  // Before the database is looked at: it is kept when the database has it.
  const std::string seen = seen_checkpoint(options);
  const auto note = co_await newest_checkpoint(pipeline);
  if (!note && !seen.empty())
    throw NotSigned("the database has no checkpoint, but the service has seen one (audit.checkpoint)");
  if (!note) throw std::runtime_error("the database has no checkpoint: nothing of it is signed yet");
  const VerifierKey key = key_for(options, *note);
  std::vector<Checkpoint> old = old_checkpoints(options, key);
  if (!seen.empty())
    old.push_back(signed_checkpoint(seen, key, "audit.checkpoint, which the service has seen signed,"));
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const std::function<void(Position, Position)> shown = [&](Position done, Position of) {
    show(progress, done, of);
  };
  Verdict verdict = co_await verify_database(pipeline, key, old, shown);
  co_return verdict;
}

Verdict verify_database(const VerifyOptions& options, const DatabaseOptions& where, Progress& progress) {
  const auto log = make_log(options.common.log.format, options.common.log.level);
  const CommandDatabase database(where, log);
  check_schema(database.conninfo());
  CommandConnection connection({.conninfo = database.conninfo(),
                                .application_name = "usermeta audit",
                                .settings = kByEventIndex,
                                .patience = std::chrono::minutes(1)});
  return connection.run(verify(connection.pipeline(), options, progress), [] {});
}

Verdict verify(const VerifyOptions& options, Progress& progress) {
  DatabaseOptions database = options.common.database;
  const std::string& source = options.source;
  const bool is_database = source.starts_with("postgresql://") || source.starts_with("postgres://");
  if (is_database) database.database_url = source;
  if (is_database || source.empty()) return verify_database(options, database, progress);
  const bool is_url = source.starts_with("http://") || source.starts_with("https://");
  const LogUrl url{source, options.token};
  const std::string note = is_url ? note_at(url) : note_of_export(source);
  const VerifierKey key = key_for(options, note);
  const auto old = old_checkpoints(options, key);
  const auto shown = [&](Position done, Position of) { show(progress, done, of); };
  return is_url ? verify_url(url, note, key, old, shown) : verify_export(source, key, old, shown);
}

void print(const Verdict& verdict) {
  if (verdict.difference) {
    std::printf("DIFFERS at position %ld: %s\n", verdict.difference->position,
                verdict.difference->what.c_str());
    return;
  }
  const Checkpoint& checkpoint = *verdict.checkpoint;
  std::printf("good: the %s up to position %ld are those that were signed\n",
              verdict.entries ? "events" : "hashes", verdict.end);
  std::printf("  checkpoint  %s, %lu events, root %s\n", checkpoint.origin.c_str(), checkpoint.size,
              to_base64(bytes_of(checkpoint.root)).c_str());
  if (!verdict.entries) std::printf("  not seen    the events: give --token, with events.read\n");
  if (verdict.erased) std::printf("  erased      %ld values, as events in it ask for\n", *verdict.erased);
  if (verdict.unasked > 0)
    std::printf(
        "  not proved  that %ld values were erased, nor their keys: what asks for that is not in the part\n",
        verdict.unasked);
  if (verdict.rows) std::printf("  read model  %ld rows, as the events add up to\n", *verdict.rows);
}

int verify(const VerifyOptions& options) {
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  const auto fail = [&](const std::exception& error, int status) {
    progress.finish();
    std::fprintf(stderr, "usermeta: %s\n", error.what());
    return status;
  };
  try {
    const Verdict verdict = verify(options, progress);
    progress.finish();
    print(verdict);
    return verdict.difference ? 1 : 0;
  } catch (const NotSigned& error) {
    return fail(error, 1);
  } catch (const std::exception& error) {
    return fail(error, 2);
  }
}

}  // namespace

void add_audit_verify(CLI::App& audit, int& result) {
  CLI::App* command =
      audit.add_subcommand("verify",
                           "Whether the events are those that were signed, and the first position that "
                           "differs: of an export, of a\n"
                           "service (its entries, or without a token its hashes alone), or of the database, "
                           "where the read model is\n"
                           "checked as well. Exit status 0: they are; 1: they are not; 2: it cannot be told");
  const auto options = std::make_shared<VerifyOptions>();
  add_command_options(*command, options->common);
  add_audit_key_option(*command, options->audit);
  command
      ->add_option(
          "source", options->source,
          "An export, a service as http://HOST:PORT, or a database as postgresql://...; the database of "
          "--data\nor --database-url otherwise")
      ->type_name("FILE|URL|DATABASE-URL");
  command->add_option("--token", options->token, "For a service's entries: a token with events.read")
      ->envname("USERMETA_TOKEN")
      ->type_name("TOKEN");
  command
      ->add_option("--key", options->key,
                   "The public key that must have signed it, as `usermeta audit key` prints it; that of "
                   "--audit-key\nor DATA/audit.key otherwise")
      ->type_name("NAME+ID+KEY");
  command
      ->add_option("--checkpoint", options->checkpoints,
                   "An old checkpoint, as /audit/checkpoint gave it, that the log must extend. Of the "
                   "database of --data\nor --database-url, which is taken for the service's own, what it has "
                   "seen signed (DATA/audit.checkpoint)\nis one without being named")
      ->type_name("FILE");
  command->callback([options, &result] { result = verify(*options); });
}

}  // namespace usermeta
