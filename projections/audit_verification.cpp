#include "projections/audit_verification.hpp"

#include <algorithm>
#include <future>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include "projections/audit_reader.hpp"
#include "projections/read_model_check.hpp"
#include "store/pg_query.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kSnapshot{"verify_snapshot",
                                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
constexpr PgStatement kPlaces{"verify_places",
                              "SELECT (SELECT position FROM log_head),"
                              " (SELECT position FROM projections WHERE name = 'user_metadata')"};
// Some of them, evenly, and the last: so that where only a root tells, it tells of few events.
constexpr PgStatement kCheckpoints{
    "verify_checkpoints",
    "SELECT note FROM (SELECT note, size, row_number() OVER (ORDER BY size DESC) AS n,"
    " count(*) OVER () AS of FROM audit_checkpoints) c WHERE n % (1 + of / 1000) = 1 % (1 + of / 1000)"
    " OR n = 1 ORDER BY size"};

struct Places {
  Position head = 0;
  Position read_model = 0;
};

asio::awaitable<Places> read_places(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kPlaces, {});
  if (rows.is_null(0, 0) || rows.is_null(0, 1))
    throw Outage("the tables log_head and projections have no row: the database is damaged");
  co_return Places{rows.int8(0, 0), rows.int8(0, 1)};
}

asio::awaitable<std::vector<std::string>> read_notes(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kCheckpoints, {});
  if (rows.size() == 0)
    throw std::runtime_error("the database has no checkpoint: nothing of it is signed yet");
  std::vector<std::string> notes;
  notes.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) notes.push_back(rows.text(row, 0));
  co_return notes;
}

// Goes through the log, and replays it.
class Verification {
 public:
  Verification(const std::vector<Checkpoint>& checkpoints, Places places)
      : places_(places), check_(checkpoints.back().origin, {}) {
    for (const Checkpoint& checkpoint : checkpoints) check_.expect(checkpoint);
  }

  // The first that is wrong in a page. Two threads: what is proved of an event, and what it adds up to, have
  // nothing to do with each other, and take about as long.
  std::optional<Difference> add(const std::vector<Evidence>& page) {
    std::future<std::optional<Difference>> replayed =
        asio::post(replaying_, asio::use_future([&] { return replay(page); }));
    std::optional<Difference> wrong;
    try {
      for (const Evidence& evidence : page)
        if ((wrong = check_.add(evidence))) break;
    } catch (...) {
      replayed.wait();  // the page is the caller's
      throw;
    }
    auto unreadable = replayed.get();
    const bool first = unreadable && (!wrong || unreadable->position < wrong->position);
    return first ? std::move(unreadable) : std::move(wrong);
  }
  std::optional<Difference> end() const {
    if (auto difference = check_.end(true)) return difference;
    const auto end = static_cast<Position>(check_.tree().size());
    if (end < places_.head)
      return Difference{
          end + 1, "the event is missing; the log's head is at position " + std::to_string(places_.head)};
    if (end < places_.read_model)
      return Difference{end + 1, "the log ends before it, but the read model is at position " +
                                     std::to_string(places_.read_model)};
    return std::nullopt;
  }
  const LogCheck& check() const { return check_; }
  std::vector<ReplayedReadModel::Row> rows() const { return model_.rows(); }

 private:
  std::optional<Difference> replay(const std::vector<Evidence>& page) {
    for (const Evidence& evidence : page) {
      const Recorded& event = evidence.event;
      try {
        const Event decoded = decode(event);
        const std::string slot = slot_of(decoded);
        if (evidence.slot && *evidence.slot != slot)
          return Difference{event.position, "the event is kept as one of " + *evidence.slot +
                                                ", but is one of " + slot +
                                                ": whoever asks for that does not find it"};
        if (event.position <= places_.read_model) model_.apply(event, decoded);
      } catch (const UnreadableEvent& error) {
        if (event.position > places_.read_model) continue;
        return Difference{event.position, std::string("the event cannot be read: ") + error.what()};
      }
    }
    return std::nullopt;
  }

  Places places_;
  LogCheck check_;
  ReplayedReadModel model_;
  // One for all pages: what a thread has allocated changes hands at its end.
  asio::thread_pool replaying_{1};
};

asio::awaitable<std::optional<Difference>> go_through(PgPipeline& pipeline, Verification& verification,
                                                      Position end,
                                                      std::function<void(Position, Position)> progress) {
  AuditReader reader(pipeline, 0, INT64_MAX / 2);
  progress(0, end);
  std::vector<Evidence> page = co_await reader.next();
  asio::thread_pool checking(1);
  while (!page.empty()) {
    // On other threads: here the next page is taken from the connection meanwhile.
    std::future<std::optional<Difference>> verified =
        asio::post(checking, asio::use_future([&] { return verification.add(page); }));
    std::vector<Evidence> next;
    std::exception_ptr failure;
    try {
      next = co_await reader.next();
    } catch (...) {
      failure = std::current_exception();
    }
    if (auto difference = verified.get()) co_return difference;
    if (failure) std::rethrow_exception(failure);
    progress(page.back().event.position, end);
    page = std::move(next);
  }
  co_return verification.end();
}

}  // namespace

Checkpoint signed_checkpoint(const std::string& note, const VerifierKey& key, const std::string& which) {
  const auto text = open_note(note, key);
  if (!text) throw NotSigned(which + " is not signed by the key " + to_text(key));
  const auto checkpoint = parse_checkpoint(*text);
  if (!checkpoint || checkpoint->origin != key.name)
    throw NotSigned(which + " is no checkpoint of " + key.name);
  return *checkpoint;
}

asio::awaitable<Verdict> verify_database(PgPipeline& pipeline, VerifierKey key, std::vector<Checkpoint> old,
                                         std::function<void(Position, Position)> progress) {
  PgTransaction transaction(pipeline);
  transaction.run(kSnapshot, {});
  const Places places = co_await read_places(pipeline);
  std::vector<Checkpoint> checkpoints = std::move(old);
  Verdict verdict;
  const std::vector<std::string> notes = co_await read_notes(pipeline);
  for (const std::string& note : notes) {
    checkpoints.push_back(signed_checkpoint(note, key, "a checkpoint in the database"));
    verdict.checkpoint = checkpoints.back();
  }
  std::ranges::stable_sort(checkpoints, {}, &Checkpoint::size);
  Verification verification(checkpoints, places);
  verdict.difference = co_await go_through(pipeline, verification, places.head, std::move(progress));
  verdict.end = static_cast<Position>(verification.check().tree().size());
  verdict.erased = verification.check().erased();
  if (!verdict.difference) {
    std::vector<ReplayedReadModel::Row> rows = verification.rows();
    verdict.rows = std::ranges::count_if(rows, [](const auto& row) { return !row.row->erased; });
    auto wrong = co_await compare_read_model(pipeline, std::move(rows));
    if (wrong) verdict.difference = Difference{places.read_model, *std::move(wrong)};
  }
  co_await transaction.commit();
  co_return verdict;
}

}  // namespace usermeta
