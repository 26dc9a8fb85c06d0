#include "store/log_load.hpp"

#include <algorithm>
#include <cstring>

#include "store/log_rows.hpp"

namespace usermeta {
namespace {

#define USERMETA_HAS_VALUE \
  "e.type = 'user.metadata.set' AND e.revision <= 2 AND NOT starts_with(e.payload, '{\"erased\":true')"
// What a fact is made of. A metadata value stays in the database: its digest is all that a decision compares.
#define USERMETA_FACT_COLUMNS                                                                        \
  "e.aggregate_type, e.aggregate_id, e.sequence, e.created_at, e.owner, e.type, e.revision, e.slot," \
  " CASE WHEN " USERMETA_HAS_VALUE                                                                   \
  " THEN '' ELSE e.payload END,"                                                                     \
  " CASE WHEN " USERMETA_HAS_VALUE " THEN sha256(decode(e.payload::json ->> 'value', 'base64')) END"

// The last event of a slot, by the index events_slot (store/migrations/0003_slot_index.sql). `|| ''` keeps
// PostgreSQL from taking the primary key instead, which would walk back through the whole history.
#define USERMETA_LAST_OF(slot_text)                                                            \
  " (SELECT * FROM events WHERE hashtextextended(aggregate_id, 0) = hashtextextended(a.id, 0)" \
  "  AND hashtextextended(slot, 0) = hashtextextended(" slot_text ", 0) AND slot = " slot_text \
  "  AND aggregate_id || '' = a.id AND aggregate_type || '' = a.type ORDER BY sequence DESC LIMIT 1)"

// Each look is a descent of an index: an email is looked for where there can be one, and the last metadata
// event only behind one that is none.
constexpr PgStatement kHeaders{
    "load_headers",
    "SELECT " USERMETA_FACT_COLUMNS
    " FROM unnest($1::text[], $2::text[]) AS a (type, id)"
    " CROSS JOIN LATERAL (SELECT * FROM events WHERE aggregate_id = a.id AND aggregate_type = a.type"
    "  AND sequence = 1 LIMIT 1) first"
    " CROSS JOIN LATERAL (SELECT * FROM events WHERE aggregate_id = a.id AND aggregate_type = a.type"
    "  ORDER BY sequence DESC LIMIT 1) last"
    " CROSS JOIN LATERAL (SELECT first.* UNION ALL SELECT last.* UNION ALL"
    USERMETA_LAST_OF("'state'") " UNION ALL" USERMETA_LAST_OF("'metadata'") " UNION ALL"
    " (SELECT * FROM" USERMETA_LAST_OF("'email'") " email WHERE first.type LIKE 'user.human.%') UNION ALL"
    " (SELECT * FROM events WHERE aggregate_id = a.id AND aggregate_type = a.type AND a.type = 'user'"
    "  AND type LIKE 'user.metadata.%' AND last.type NOT LIKE 'user.metadata.%'"
    "  ORDER BY sequence DESC LIMIT 1)) e"};

constexpr PgStatement kSlots{"load_slots",
                             "SELECT " USERMETA_FACT_COLUMNS
                             " FROM unnest($1::text[], $2::text[], $3::text[]) AS a (type, id, slot)"
                             " CROSS JOIN LATERAL" USERMETA_LAST_OF("a.slot") " e"};

constexpr PgStatement kNames{"load_names",
                             "SELECT n.scope, n.name FROM unnest($1::text[], $2::text[]) AS a (scope, name)"
                             " JOIN names n ON n.scope = a.scope AND n.name = a.name"};

Event event_at(const PgRows& rows, int row) {
  const std::string type = rows.text(row, 5);
  const int revision = rows.int2(row, 6);
  if (rows.is_null(row, 9)) {
    if (rows.bytes(row, 8).empty()) throw UnreadableEvent(type + ": member value is missing");
    return decode_payload(type, revision, rows.bytes(row, 8));
  }
  Digest digest;
  std::memcpy(digest.data(), rows.bytes(row, 9).data(), digest.size());
  const std::string slot = rows.text(row, 7);
  return MetadataSet{slot.substr(metadata_slot("").size()), Value::known_by(digest)};
}

void add_facts(std::vector<Fact>& facts, const PgRows& rows) {
  for (int row = 0; row < rows.size(); ++row)
    facts.push_back({{aggregate_type_of(rows.bytes(row, 0)), rows.text(row, 1)},
                     rows.int8(row, 2),
                     rows.time(row, 3),
                     rows.text(row, 4),
                     event_at(rows, row)});
}

// The answers of the statements of one load, as they come in.
struct Gathering {
  Loaded loaded;
  std::exception_ptr error;
  int missing = 0;
  Log::Done<Loaded> done;

  void finish() {
    if (--missing > 0) return;
    const auto place = [](const Fact& fact) { return std::tie(fact.aggregate, fact.sequence); };
    std::ranges::sort(loaded.facts, {}, place);
    const auto doubles = std::ranges::unique(loaded.facts, {}, place);
    loaded.facts.erase(doubles.begin(), doubles.end());
    done(error, std::move(loaded));
  }
};

using Take = std::function<void(Gathering&, const PgRows&)>;

void gather(PgPipeline& reader, const PgStatement& statement, const PgParams& params,
            const std::shared_ptr<Gathering>& all, const Take& take) {
  ++all->missing;
  reader.run(statement, params, [all, take](std::exception_ptr error, const PgRows& rows) {
    try {
      if (error) std::rethrow_exception(error);
      take(*all, rows);
    } catch (const StatementFailed& failed) {
      // Class 22, data exception: what is stored is damaged, and will be so the next time.
      all->error = failed.sqlstate().starts_with("22")
                       ? std::make_exception_ptr(UnreadableEvent(failed.what()))
                       : error;
    } catch (...) {
      all->error = std::current_exception();
    }
    all->finish();
  });
}

}  // namespace

void load_aggregates(PgPipeline& reader, const std::vector<Needed>& aggregates,
                     const std::vector<Name>& names, Log::Done<Loaded> done) {
  std::vector<std::string_view> header_types, header_ids, slot_types, slot_ids, slots, scopes, texts;
  for (const Needed& needed : aggregates) {
    if (needed.header) {
      header_types.push_back(name_of(needed.aggregate.type));
      header_ids.push_back(needed.aggregate.id);
    }
    for (const std::string& slot : needed.slots) {
      slot_types.push_back(name_of(needed.aggregate.type));
      slot_ids.push_back(needed.aggregate.id);
      slots.push_back(slot);
    }
  }
  for (const Name& name : names) {
    scopes.push_back(name.scope);
    texts.push_back(name.name);
  }
  const auto all = std::make_shared<Gathering>();
  all->done = std::move(done);
  const Take facts = [](Gathering& to, const PgRows& rows) { add_facts(to.loaded.facts, rows); };
  if (!header_ids.empty())
    gather(reader, kHeaders, PgParams().texts(header_types).texts(header_ids), all, facts);
  if (!slots.empty())
    gather(reader, kSlots, PgParams().texts(slot_types).texts(slot_ids).texts(slots), all, facts);
  if (!names.empty() || all->missing == 0)
    gather(reader, kNames, PgParams().texts(scopes).texts(texts), all, [](Gathering& to, const PgRows& rows) {
      for (int row = 0; row < rows.size(); ++row)
        to.loaded.taken.push_back({rows.text(row, 0), rows.text(row, 1)});
    });
}

}  // namespace usermeta
