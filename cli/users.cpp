#include "cli/users.hpp"

#include <cstdio>
#include <memory>

#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/operator.hpp"
#include "projections/event_list.hpp"
#include "projections/value_erasure.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct EraseOptions {
  CommandOptions common;
  std::string user;
  std::string key;
};

// How many values the event at that position has taken out, once it has; a service that is running may be
// faster.
asio::awaitable<std::int64_t> carry_out(PgPipeline& pipeline, Position erasure) {
  for (bool done = false; !done;) {
    const auto position = co_await carry_out_next_erasure(pipeline);
    done = !position || *position >= erasure;
  }
  co_return co_await count_erased(pipeline, erasure);
}

void erase(const EraseOptions& options, const std::string& conninfo) {
  const Position erasure = Operator(conninfo).decide(EraseMetadataValues{options.user, options.key}).position;
  CommandConnection connection({.conninfo = conninfo,
                                .application_name = "usermeta erase-values",
                                .settings = kByEventIndex,
                                .patience = std::chrono::minutes(10)});
  const std::int64_t values = connection.run(carry_out(connection.pipeline(), erasure));
  std::printf("erased %ld values of user %s, by the event at position %ld\n", values, options.user.c_str(),
              erasure);
}

}  // namespace

void add_users(CLI::App& app, int& result) {
  CLI::App* users = app.add_subcommand("users", "What only an operator may do to a user");
  users->require_subcommand(1);
  CLI::App* command =
      users->add_subcommand("erase-values",
                            "Take the values of a user's metadata out of the log for good, those of the past "
                            "as well; an event says "
                            "so,\nand everything else of the log stays. The service may be running");
  const auto options = std::make_shared<EraseOptions>();
  add_command_options(*command, options->common);
  command->add_option("user", options->user, "The user's id; a removed user's values can be erased as well")
      ->required()
      ->type_name("ID");
  // Not to be taken for none, which is all keys: a shell's variable may be empty.
  const auto not_empty = [](const std::string& key) {
    return key.empty() ? std::string("a key has at least one character") : std::string();
  };
  command->add_option("--key", options->key, "Only the values of this key")
      ->type_name("KEY")
      ->check(not_empty);
  command->callback([options, &result] {
    result = run_command(options->common, [&](const std::string& conninfo) { erase(*options, conninfo); });
  });
}

}  // namespace usermeta
