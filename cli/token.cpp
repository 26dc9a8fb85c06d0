#include "cli/token.hpp"

#include <cstdio>
#include <memory>

#include "cli/command.hpp"
#include "cli/operator.hpp"
#include "http/token.hpp"

namespace usermeta {
namespace {

struct TokenOptions {
  CommandOptions common;
  std::string user;
  std::string expires;
  std::string token_id;
};

// The user that a new token is for when none is named.
std::string only_owner(const Directory& directory) {
  const auto owners = directory.instance_owners();
  if (owners.empty())
    throw std::runtime_error("this instance has no IAM_OWNER; start it once with: usermeta serve");
  if (owners.size() == 1) return owners.front();
  std::string names;
  for (const std::string& owner : owners) names += " " + owner;
  throw std::runtime_error("this instance has several IAM_OWNERs; name one with --user:" + names);
}

void create(const TokenOptions& options, const std::string& conninfo) {
  Operator console(conninfo);
  std::optional<Time> expiration;
  if (!options.expires.empty()) {
    expiration = from_rfc3339(options.expires);
    if (!expiration)
      throw std::runtime_error("--expires " + options.expires + " is no time such as 2027-01-31T00:00:00Z");
  }
  const std::string user = options.user.empty() ? only_owner(console.directory()) : options.user;
  const std::string token = new_token();
  const std::string token_id = console.ids().next();
  console.decide(AddPersonalAccessToken{user, token_id, hash_of_token(token), expiration});
  const auto live = console.directory().find(hash_of_token(token), Time::min());
  if (!live) throw std::runtime_error("user " + user + " is not active, so the token would be of no use");
  std::fprintf(stderr, "token %s of user %s:\n", token_id.c_str(), user.c_str());
  std::printf("%s\n", token.c_str());
}

void list(const TokenOptions& options, const std::string& conninfo) {
  const Operator console(conninfo);
  std::printf("%-20s %-20s %-20s %s\n", "TOKEN", "USER", "ORGANISATION", "EXPIRES");
  for (const auto& [caller, expiration] : console.directory().tokens()) {
    if (!options.user.empty() && caller.user_id != options.user) continue;
    const std::string expires = expiration >= kNoExpiry ? "never" : to_rfc3339(expiration);
    std::printf("%-20s %-20s %-20s %s\n", caller.token_id.c_str(), caller.user_id.c_str(), caller.org.c_str(),
                expires.c_str());
  }
}

void remove(const TokenOptions& options, const std::string& conninfo) {
  Operator console(conninfo);
  for (const auto& [caller, expiration] : console.directory().tokens()) {
    if (caller.token_id != options.token_id) continue;
    console.decide(RemovePersonalAccessToken{caller.user_id, caller.token_id});
    std::fprintf(stderr, "removed token %s of user %s\n", caller.token_id.c_str(), caller.user_id.c_str());
    return;
  }
  throw std::runtime_error("there is no live token with the id " + options.token_id +
                           "; look with: usermeta token list");
}

}  // namespace

void add_token(CLI::App& app, int& result) {
  CLI::App* token = app.add_subcommand(
      "token",
      "Personal access tokens, straight on the data directory or database; the service may be running");
  token->require_subcommand(1);
  const auto options = std::make_shared<TokenOptions>();
  const auto add = [&](const char* name, const char* help,
                       void (*work)(const TokenOptions&, const std::string&)) {
    CLI::App* command = token->add_subcommand(name, help);
    add_command_options(*command, options->common);
    command->callback([options, &result, work] {
      result = run_command(options->common, [&](const std::string& conninfo) { work(*options, conninfo); });
    });
    return command;
  };
  CLI::App* created = add("create", "Make a token and print it; it cannot be shown again", create);
  created
      ->add_option("--user", options->user,
                   "Machine user that it is for; the IAM_OWNER when there is only one")
      ->type_name("ID");
  created
      ->add_option("--expires", options->expires,
                   "When it ends, as 2027-01-31T00:00:00Z; never when not given")
      ->type_name("TIME");
  CLI::App* listed =
      add("list", "Show the live tokens (not the tokens themselves: only their hashes are kept)", list);
  listed->add_option("--user", options->user, "Only those of this user")->type_name("ID");
  add("remove", "End a token for good", remove)
      ->add_option("token", options->token_id, "Its id, as `usermeta token list` shows it")
      ->required()
      ->type_name("TOKEN-ID");
}

}  // namespace usermeta
