#include "tests/commands/script.hpp"

#include <memory>

namespace usermeta {
namespace {

// What `want` is, in one word.
std::string describe(const std::optional<Want>& want) {
  static const char* const kNames[] = {"the head", "to follow", "to load", "to append", "to unlock"};
  return want ? kNames[want->index()] : "nothing";
}

#define FAILED_AT(where)                                                       \
  GTEST_MESSAGE_AT_((where).file_name(), static_cast<int>((where).line()), "", \
                    testing::TestPartResult::kFatalFailure)

}  // namespace

std::string describe(const Batch& batch) {
  std::string text;
  for (const NewEvent& e : batch.events)
    text += e.aggregate.id + ' ' + std::to_string(e.sequence) + ' ' + rules::describe(e.event) + '\n';
  return text;
}

CommandHandler::Options Script::options() {
  CommandHandler::Options options;
  options.batch_commands = 3;
  options.new_salt = [last = std::uint8_t{0}]() mutable {
    Salt salt{};
    salt[0] = std::byte{++last};
    return salt;
  };
  return options;
}

Script::Script(CommandHandler::Options with) : handler(std::move(with)) {}

void Script::with_users(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) foreign(id, rules::machine("bot-" + id));
}

void Script::foreign(const std::string& user, const Event& event) {
  log.foreign(rules::user_id(user), rules::kOrg, event, now);
}

Ticket Script::submit(const Command& command, Deadline deadline) {
  auto kept = std::make_shared<int>();
  kept_.push_back(kept);
  const auto allowed = [this, kept](std::string_view org) {
    return forbidden.contains(org) ? std::optional(Refusal::token_unknown) : std::nullopt;
  };
  const auto ticket = handler.submit({command, rules::kOrg, "caller", allowed, {}, deadline});
  EXPECT_EQ(ticket, kept_.size());
  return kept_.size();
}

Ticket Script::set(const std::string& user, const std::string& key, const std::string& value,
                   Deadline deadline) {
  return submit(SetUserMetadata{user, rules::entry(key, value)}, deadline);
}

bool Script::keeps(Ticket ticket) const {
  return !kept_.at(ticket - 1).expired();
}

void Script::fail(const std::optional<Want>& want, Where where) const {
  FAILED_AT(where) << "it wants " << describe(want);
}

void Script::wants_nothing(Where where) {
  const auto want = handler.next(now);
  if (want) fail(want, where);
}

void Script::start(Where where) {
  wants<WantHead>(where);
  handler.head_is(log.head());
}

void Script::load(Where where) {
  const auto want = wants<WantLoad>(where);
  const auto loaded = log.load(want.aggregates, want.names);
  if (loaded)
    handler.loaded(*loaded);
  else
    handler.load_failed();
}

void Script::follow(Position after, bool lock, Where where) {
  const auto want = wants<WantFollow>(where);
  if (want.after != after || want.lock != lock)
    FAILED_AT(where) << "it follows from " << want.after << (want.lock ? " with" : " without") << " the lock";
  wants_nothing(where);
  handler.followed(log.read(want.after));
  handler.follow_ended();
}

void Script::unlock(Where where) {
  wants<WantUnlock>(where);
  wants_nothing(where);
  handler.unlocked();
}

Batch Script::append(Where where) {
  auto want = handler.next(now);
  if (want && std::holds_alternative<WantLoad>(*want)) {
    const auto& load = std::get<WantLoad>(*want);
    const auto loaded = log.load(load.aggregates, load.names);
    if (!loaded) {
      FAILED_AT(where) << "it wants to load what cannot be read";
      return {};
    }
    handler.loaded(*loaded);
    want = handler.next(now);
  }
  if (want && std::holds_alternative<WantAppend>(*want)) return std::move(std::get<WantAppend>(*want).batch);
  fail(want, where);
  return {};
}

void Script::told(const Batch& batch, Appended expected, Where where) {
  const Appended outcome = log.append(batch);
  if (outcome != expected)
    FAILED_AT(where) << "the log " << (outcome == Appended::written ? "took" : "missed") << " it";
  handler.appended(outcome);
}

std::string Script::answers() {
  std::string text;
  for (const auto& [ticket, answer] : handler.take_answers()) {
    text += std::to_string(ticket) + ": ";
    if (const auto* done = std::get_if<Done>(&answer))
      text += std::to_string(done->details.sequence) + " at " + std::to_string(done->position);
    else if (const auto* refusal = std::get_if<Refusal>(&answer))
      text += "refused " + std::string(text_of(*refusal).id);
    else
      text += "unavailable";
    text += '\n';
  }
  return text;
}

#undef FAILED_AT

}  // namespace usermeta
