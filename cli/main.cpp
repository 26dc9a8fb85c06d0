#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#ifdef USERMETA_MIMALLOC
#include <mimalloc.h>
#endif

#include "cli/audit.hpp"
#include "cli/events.hpp"
#include "cli/healthcheck.hpp"
#include "cli/projections.hpp"
#include "cli/replay.hpp"
#include "cli/serve.hpp"
#include "cli/token.hpp"
#include "cli/users.hpp"

namespace {

// How long mimalloc keeps freed memory before the system gets it back: its 25 ms (10 from 2.1 on) are less
// than the time from one large batch to the next, so each would be given back and taken again, bit by bit.
void keep_freed_memory() {
#ifdef USERMETA_MIMALLOC
#if MI_MALLOC_VERSION < 210
  constexpr mi_option_t delay = mi_option_decommit_delay;
#else
  constexpr mi_option_t delay = mi_option_purge_delay;
#endif
  constexpr long kMilliseconds = 1000;
  mi_option_set_default(delay, kMilliseconds);  // MIMALLOC_DECOMMIT_DELAY, or _PURGE_DELAY, goes before
#endif
}

std::string environment(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  const char* value = std::getenv(("USERMETA_" + name).c_str());
  return value ? value : "";
}

// CLI11 would let the file go before the environment.
class FileBelowEnvironment final : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
    auto items = CLI::ConfigTOML::from_config(file);
    std::erase_if(items, [](const CLI::ConfigItem& item) { return !environment(item.name).empty(); });
    return items;
  }
};

}  // namespace

// 0: done. 1: could not be done, and the last line on standard error says why. 2 and above: CLI11's, for a
// wrong command line.
int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app{
      "usermeta keeps users' metadata as an event log in PostgreSQL, and answers ZITADEL's calls for it.\n\n"
      "  usermeta serve                      run the service; prints a curl line to begin with\n"
      "  usermeta token create               a new token for an administrator who lost it\n"
      "  usermeta replay --user ID           what happened to a user, and the metadata it comes to\n"
      "  usermeta events tail                what happens, as it happens\n"
      "  usermeta events publish --topic T   what has happened, once more to Kafka\n"
      "  usermeta replay --at TIME --to FILE all users' metadata as it was\n"
      "  usermeta users erase-values ID      take the values of a user's metadata out of the log\n"
      "  usermeta projections rebuild        make the read model anew from the log\n"
      "  usermeta audit key                  the public key of the log's checkpoints\n"
      "  usermeta audit export --to FILE     the log, or a part of it, with what proves it\n"
      "  usermeta audit verify [FILE|URL]    whether the events are those that were signed\n"
      "  usermeta healthcheck                whether the service on this machine can do its work\n\n"
      "Every option is also an environment variable (--listen: USERMETA_LISTEN), and can stand in a file "
      "given\n"
      "with --config (lines such as serve.listen=127.0.0.1:8080). The command line goes before the "
      "environment,\n"
      "and that before the file.",
      "usermeta"};
  app.set_version_flag("--version", "usermeta " USERMETA_VERSION);
  // CLI11 reads the environment after the file, so it is asked for the file's name here.
  const std::string file = environment("config");
  app.set_config("--config", file, "Read options from this file (TOML or INI); USERMETA_CONFIG",
                 !file.empty());
  app.config_formatter(std::make_shared<FileBelowEnvironment>());
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.require_subcommand(1);
  app.fallthrough();
  app.failure_message(CLI::FailureMessage::simple);
  int result = 0;
  usermeta::add_serve(app, result);
  usermeta::add_token(app, result);
  usermeta::add_replay(app, result);
  usermeta::add_events(app, result);
  usermeta::add_users(app, result);
  usermeta::add_projections(app, result);
  usermeta::add_audit(app, result);
  usermeta::add_healthcheck(app, result);
  CLI11_PARSE(app, argc, argv);
  return result;
}
