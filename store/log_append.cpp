#include "store/log_append.hpp"

#include "store/log_rows.hpp"

namespace usermeta {
namespace {

// The head is compared by position and salt: another process can have appended as many events as we did.
#define USERMETA_MOVE_HEAD                                                                  \
  "WITH moved AS (UPDATE log_head SET position = position + $3, salt = $4, created_at = $5" \
  " WHERE position = $1 AND salt = $2 RETURNING created_at)"
// The arrays are unnested among the selected columns, which PostgreSQL does in lockstep and row by row; in
// FROM it would first put each array into a store of its own.
#define USERMETA_INSERT_EVENTS                                                                         \
  " INSERT INTO events (position, aggregate_type, aggregate_id, sequence, type, revision, created_at," \
  "  creator, owner, slot, payload, salt, request_id, traceparent, client_address)"                    \
  " SELECT generate_series($1 + 1, $1 + $3), unnest($6::text[]), unnest($7::text[]),"                  \
  "  unnest($8::bigint[]), unnest($9::text[]), unnest($10::smallint[]), moved.created_at,"             \
  "  unnest($11::text[]), unnest($12::text[]), unnest($13::text[]), unnest($14::text[]),"              \
  "  unnest($15::bytea[]), unnest($16::text[]), unnest($17::text[]), unnest($18::text[]) FROM moved"

constexpr PgStatement kAppend{"append", USERMETA_MOVE_HEAD USERMETA_INSERT_EVENTS};

constexpr PgStatement kAppendWithNames{
    "append_with_names", USERMETA_MOVE_HEAD
    ", claimed AS (INSERT INTO names (scope, name, holder) SELECT c.scope, c.name, c.holder"
    " FROM moved, unnest($19::text[], $20::text[], $21::text[]) AS c (scope, name, holder)"
    " ON CONFLICT (scope, name) DO UPDATE SET holder = excluded.holder)"
    ", released AS (DELETE FROM names USING moved, unnest($22::text[], $23::text[]) AS r (scope, name)"
    " WHERE names.scope = r.scope AND names.name = r.name)" USERMETA_INSERT_EVENTS};

constexpr PgStatement kCompare{"compare_head", "SELECT 1 FROM log_head WHERE position = $1 AND salt = $2"};

using Texts = std::vector<std::string_view>;

// One array a column.
struct Columns {
  Texts types, ids, names, creators, owners, slots, payloads, salts, request_ids, traceparents, addresses;
  std::vector<std::int64_t> sequences;
  std::vector<std::int16_t> revisions;
  std::vector<std::string> texts;  // what slots and payloads point into

  explicit Columns(const std::vector<NewEvent>& events) {
    texts.reserve(events.size() * 2);
    for (const NewEvent& event : events) {
      const EventType& type = type_of(event.event);
      types.push_back(name_of(event.aggregate.type));
      ids.push_back(event.aggregate.id);
      sequences.push_back(event.sequence);
      names.push_back(type.name);
      revisions.push_back(static_cast<std::int16_t>(type.revision));
      creators.push_back(event.creator);
      owners.push_back(event.owner);
      slots.push_back(texts.emplace_back(slot_of(event.event)));
      payloads.push_back(texts.emplace_back(encode_payload(event.event)));
      salts.push_back(bytes_of(event.salt));
      request_ids.push_back(event.origin.request_id);
      traceparents.push_back(event.origin.traceparent);
      addresses.push_back(event.origin.address);
    }
  }
};

void add_names(PgParams& params, const Batch& batch) {
  Texts scopes, names, holders, released_scopes, released_names;
  for (const auto& [name, holder] : batch.claims) {
    scopes.push_back(name.scope);
    names.push_back(name.name);
    holders.push_back(holder);
  }
  for (const Name& name : batch.releases) {
    released_scopes.push_back(name.scope);
    released_names.push_back(name.name);
  }
  params.texts(scopes).texts(names).texts(holders).texts(released_scopes).texts(released_names);
}

}  // namespace

void append_batch(PgPipeline& appender, const Batch& batch,
                  std::function<void(std::exception_ptr, bool)> done) {
  PgParams params;
  params.int8(batch.known.position).bytes(bytes_of(batch.known.salt));
  if (batch.events.empty()) {
    appender.run(kCompare, params, [done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
      done(error, rows.size() == 1);
    });
    return;
  }
  const Columns c(batch.events);
  params.int8(static_cast<std::int64_t>(batch.events.size())).bytes(bytes_of(batch.events.back().salt));
  params.time(batch.created_at);
  params.texts(c.types).texts(c.ids).int8s(c.sequences).texts(c.names).int2s(c.revisions).texts(c.creators);
  params.texts(c.owners).texts(c.slots).texts(c.payloads).byteas(c.salts);
  params.texts(c.request_ids).texts(c.traceparents).texts(c.addresses);
  const bool names = !batch.claims.empty() || !batch.releases.empty();
  if (names) add_names(params, batch);
  appender.run(names ? kAppendWithNames : kAppend, params,
               [done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
                 done(error, !error && rows.changed() > 0);
               });
}

}  // namespace usermeta
