#include <set>

#include <gtest/gtest.h>

#include "commands/needs.hpp"
#include "tests/commands/given.hpp"
#include "tests/commands/simulation.hpp"

namespace usermeta {

void Simulation::check() {
  check_log();
  for (std::size_t i = 0; i < asked_.size(); ++i) check_asked(i);
  check_caches();
}

// Positions and sequences without gaps, time never backwards, and names held by whom the events say.
void Simulation::check_log() const {
  std::map<AggregateId, Sequence> sequences;
  Position position = 0;
  Time time{};
  std::set<Salt> salts;
  for (const Recorded& e : log_.events()) {
    EXPECT_EQ(e.position, ++position);
    EXPECT_EQ(e.sequence, ++sequences[e.aggregate]);
    EXPECT_GE(e.created_at, time);
    EXPECT_TRUE(salts.insert(e.salt).second);
    time = e.created_at;
  }
  EXPECT_EQ(log_.names(), log_.names_at(position));
}

// What the rules say at that place of the log, from all events before it.
Decision Simulation::decide_at(const CommandRequest& request, Position position) const {
  const Needs needs = needs_of(request);
  AggregateCache cache(1 << 20);
  for (const Needed& needed : needs.aggregates) cache.fill(needed, log_.facts(needed.aggregate, position));
  std::vector<Name> taken;
  if (!needs.names.empty()) {
    const auto held = log_.names_at(position);
    for (const Name& name : needs.names)
      if (held.contains(name)) taken.push_back(name);
  }
  return decide(request, cache, rules::kNoon, taken);
}

// One place in the log, between the question and the answer, at which the answer is what the rules say.
void Simulation::check_asked(std::size_t index) const {
  const Asked& asked = asked_[index];
  ASSERT_TRUE(asked.answer) << "command " << index << " was not answered";
  std::vector<Recorded> events;
  for (const Recorded& e : log_.events())
    if (e.creator == "caller" && e.origin.request_id == std::to_string(index)) events.push_back(e);
  if (!events.empty()) return check_events(index, events);
  if (std::holds_alternative<Unavailable>(*asked.answer)) return;
  if (const auto* done = std::get_if<Done>(&*asked.answer)) {
    EXPECT_GE(done->position, asked.submitted_at) << "command " << index << " rests on the past";
    EXPECT_LE(done->position, asked.answered_at);
    EXPECT_EQ(rules::describe(decide_at(asked.request, done->position)),
              rules::describe(Decision(Decided{{}, done->details, {}, {}})))
        << "command " << index;
    return;
  }
  const std::string refused = rules::describe(Decision(std::get<Refusal>(*asked.answer)));
  for (Position at = asked.submitted_at; at <= asked.answered_at; ++at)
    if (rules::describe(decide_at(asked.request, at)) == refused) return;
  ADD_FAILURE() << "command " << index << " was never to be " << refused;
}

void Simulation::check_events(std::size_t index, const std::vector<Recorded>& events) const {
  const Asked& asked = asked_[index];
  const Recorded& first = events.front();
  const Recorded& last = events.back();
  EXPECT_EQ(last.position - first.position + 1, static_cast<Position>(events.size())) << "torn or twice";
  EXPECT_GT(first.position, asked.submitted_at);
  const Decision decision = decide_at(asked.request, first.position - 1);
  const auto* decided = std::get_if<Decided>(&decision);
  ASSERT_TRUE(decided) << "command " << index << ": " << rules::describe(decision);
  ASSERT_EQ(decided->events.size(), events.size()) << "command " << index;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].aggregate, decided->events[i].aggregate);
    EXPECT_EQ(events[i].owner, decided->events[i].owner);
    EXPECT_EQ(events[i].payload, encode_payload(decided->events[i].event));
  }
  if (std::holds_alternative<Unavailable>(*asked.answer)) return;
  const auto* done = std::get_if<Done>(&*asked.answer);
  ASSERT_TRUE(done) << "command " << index << " was refused, but its events are there";
  EXPECT_EQ(done->position, last.position);
  EXPECT_EQ(done->details.sequence, last.sequence);
  EXPECT_EQ(done->details.changed_at, last.created_at);
  EXPECT_EQ(done->details.owner, last.owner);
  EXPECT_LE(last.position, asked.answered_at);
}

// Once it has caught up, what a process has in memory is what the log says.
void Simulation::check_caches() {
  for (Process& process : processes_) {
    CommandHandler& handler = *process.handler;
    handler.catch_up();
    for (auto want = handler.next(clock()); want; want = handler.next(clock())) {
      if (std::holds_alternative<WantUnlock>(*want)) {
        handler.unlocked();
        continue;
      }
      if (std::holds_alternative<WantHead>(*want)) {
        handler.head_is(log_.head());
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<WantFollow>(*want));
      handler.followed(log_.read(std::get<WantFollow>(*want).after));
      handler.follow_ended();
    }
    EXPECT_EQ(handler.head().position, log_.head().position);
    for (const std::string id : {"u0", "u1", "u2"}) {
      const AggregateId aggregate{AggregateType::user, id};
      if (!handler.cache().contains(aggregate)) continue;
      User truth;
      for (const Fact& fact : log_.facts(aggregate)) evolve(truth, fact);
      const User& user = handler.cache().user(id);
      EXPECT_EQ(user.sequence, truth.sequence);
      EXPECT_EQ(user.state, truth.state);
      EXPECT_EQ(user.metadata_sequence, truth.metadata_sequence);
      for (const auto& [key, digest] : user.metadata) {
        const auto there = truth.metadata.find(key);
        EXPECT_EQ(digest, there == truth.metadata.end() ? std::nullopt : there->second) << id << ' ' << key;
      }
      for (const auto& [token, exists] : user.tokens)
        EXPECT_EQ(exists, truth.tokens.contains(token) && truth.tokens.at(token)) << id << ' ' << token;
    }
  }
}

}  // namespace usermeta
