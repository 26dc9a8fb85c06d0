#pragma once

#include <optional>
#include <string>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "commands/roles.hpp"
#include "http/call.hpp"
#include "projections/directory.hpp"
#include "store/writer.hpp"

namespace usermeta {

// A caller that may do what it asks for, and the organisation that it acts in.
struct Permitted {
  Caller caller;
  std::string org;
};

// Who calls, and what may it do: steps 2 and 3 of the order of checks. A token, an organisation or a role
// that is not known here may have been given by another process just now: before `authenticate` or
// `authorise` say no, the directory is brought level with the log. Any thread. The functions throw Outage.
class Callers {
 public:
  Callers(const Directory& directory, Writer& writer) : directory_(directory), writer_(writer) {}

  boost::asio::awaitable<std::variant<Caller, Refusal>> authenticate(const CallInfo& call) const;
  // v1: the caller has that permission in the organisation that the header names, or else in its own.
  boost::asio::awaitable<std::variant<Permitted, Refusal>> authorise(const CallInfo& call,
                                                                     Permission permission) const;

  // The same question asked again at the moment of the decision (see CommandRequest).
  Allowed still_allowed(const Caller& caller, Permission permission) const;
  // v2: the permission on the organisation that turns out to be the user's.
  Allowed allowed_on_user(const Caller& caller, Permission permission) const;

  // Where the caller has that permission.
  Directory::Scope scope(const Caller& caller, Permission permission) const;

 private:
  // As the directory is now.
  std::variant<Caller, Refusal> recognise(const CallInfo& call) const;
  std::optional<Refusal> refused(const Caller& caller, const std::string& org, Permission permission) const;
  Allowed allowed(const Caller& caller, Permission permission, Refusal without_permission) const;

  const Directory& directory_;
  Writer& writer_;
};

}  // namespace usermeta
