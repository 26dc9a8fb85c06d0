#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "events/cloud_event.hpp"
#include "projections/audit_projector.hpp"
#include "projections/event_list.hpp"
#include "projections/value_erasure.hpp"
#include "proof/audit_entry.hpp"
#include "proof/signed_note.hpp"
#include "store/entropy.hpp"
#include "support/migrated_session.hpp"
#include "support/sql.hpp"
#include "support/story.hpp"
#include "support/threads.hpp"

namespace usermeta {

// Whether that comes true.
template <class Condition>
bool within_time(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// What a service process has of it.
class Auditor {
 public:
  // `remembered`: what an earlier process has kept.
  Auditor(const std::string& conninfo, const SigningKey& key,
          std::chrono::milliseconds time = std::chrono::milliseconds(1), std::uint64_t events = 1,
          const std::string& remembered = {})
      : kept_(remembered),
        projector_(threads_.executor(), {.conninfo = conninfo,
                                         .process = new_process_name(),
                                         .key = key,
                                         .checkpoint_time = time,
                                         .checkpoint_events = events,
                                         .gather = std::chrono::milliseconds(1),
                                         .remembered = remembered,
                                         .remember =
                                             [this](const std::string& note) {
                                               const std::lock_guard lock(mutex_);
                                               kept_ = note;
                                             },
                                         .on_trouble =
                                             [this](const std::string& message) {
                                               const std::lock_guard lock(mutex_);
                                               troubles_.push_back(message);
                                             }}) {
    projector_.start();
  }
  ~Auditor() { threads_.run(projector_.stop()); }
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  AuditProjector* operator->() { return &projector_; }
  // The first failure that it has, once it has one.
  std::string failure() {
    std::string text;
    within_time([&] { return !(text = projector_.failure()).empty(); });
    return text;
  }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }
  // The checkpoint that it has kept for its successor.
  std::string kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> troubles_;
  std::string kept_;
  Threads threads_;
  AuditProjector projector_;
};

class AuditProjectorTest : public testing::Test, protected MigratedSession {
 protected:
  AuditProjectorTest() : MigratedSession(kByEventIndex) {}

  std::string size() { return sql.value("SELECT size FROM audit_log"); }
  std::string newest() { return sql.value("SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1"); }
  void until_signed() {
    sql.until("SELECT (SELECT max(size) FROM audit_checkpoints) = (SELECT position FROM log_head)", "t");
  }
  // What the newest checkpoint says, once the key's signature is found to be good.
  Checkpoint signed_checkpoint() {
    const std::string note = newest();
    const auto text = open_note(note, {parse_checkpoint(note)->origin, key.public_key()});
    EXPECT_TRUE(text) << note;
    return *parse_checkpoint(*text);
  }
  // As it must be, found from the log's events by another way than the projector's.
  Digest expected_root() { return expected_tree().root(); }
  TreeEdge expected_tree() {
    TreeEdge tree;
    for (Position at = 1;; ++at) {
      const auto event = threads.run(event_at(*pipeline, at));
      if (!event) return tree;
      if (at == 1) source = source_of({instance_of(*event), {}});
      tree.add(leaf_hash(audit_entry(*event, source, payload_hash(event->salt, event->payload))));
    }
  }
  // Events that a process says that it has appended there; the log has none of them.
  static std::shared_ptr<Batch> told(Position known, Sequence events) {
    auto batch = std::make_shared<Batch>();
    batch->known.position = known;
    for (Sequence sequence = 1; sequence <= events; ++sequence)
      batch->events.push_back(
          {{AggregateType::user, "told"}, sequence, "org", "creator", MetadataSet{"k", Value("v")}, {}, {}});
    return batch;
  }
  void carry_out_erasures() {
    while (threads.run(carry_out_next_erasure(*pipeline))) {
    }
  }

  Story story{sql};
  SigningKey key = SigningKey::generate();
  std::string source;
};

}  // namespace usermeta
