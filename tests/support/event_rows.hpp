#pragma once

#include <string>

#include "support/sql.hpp"

namespace usermeta {

// Events as the log has them, written behind the program's back: one after the other, with what a test says
// of each.
class EventRows {
 public:
  explicit EventRows(Sql& sql) : sql_(sql) {}

  // The next event: of that user's stream unless the aggregate's type is another.
  void add(const std::string& id, const std::string& type, const std::string& owner = "o",
           const std::string& payload = "{}", const std::string& aggregate_type = "user") {
    insert("SELECT '" + aggregate_type + "', '" + id + "', '" + type + "', '" + owner + "', '" + payload +
           "' FROM generate_series(1, 1)");
  }
  // Many, of `users` users in turn ("u0", "u1" ...), each `type`.
  void add_many(int count, int users, const std::string& type = "user.metadata.set",
                const std::string& payload = R"({"key":"k","value":"dg=="})") {
    insert("SELECT 'user', 'u' || (n - 1) % " + std::to_string(users) + ", '" + type + "', 'o', '" + payload +
           "' FROM generate_series(1, " + std::to_string(count) + ") n");
  }

 private:
  // `rows`: aggregate_type, aggregate_id, type, owner, payload, in the order of the log.
  void insert(const std::string& rows) {
    sql_.run(
        "BEGIN;"
        "WITH new (aggregate_type, aggregate_id, type, owner, payload) AS (" +
        rows +
        "), placed AS (SELECT *, row_number() OVER () AS n,"
        " row_number() OVER (PARTITION BY aggregate_type, aggregate_id ORDER BY ordinal) AS m"
        " FROM (SELECT *, row_number() OVER () AS ordinal FROM new) numbered),"
        " last AS (SELECT aggregate_type, aggregate_id, max(sequence) AS sequence FROM events GROUP BY 1, 2)"
        " INSERT INTO events SELECT h.position + p.ordinal, p.aggregate_type, p.aggregate_id,"
        " coalesce(l.sequence, 0) + p.m, p.type, 2,"
        " timestamptz '2025-05-04 12:00+00' + interval '1 second' * (h.position + p.ordinal), 'creator',"
        " p.owner, 'state', p.payload, decode(md5((h.position + p.ordinal)::text), 'hex'), 'request', "
        "'trace',"
        " '192.0.2.7' FROM placed p CROSS JOIN log_head h LEFT JOIN last l USING (aggregate_type, "
        "aggregate_id);"
        "UPDATE log_head SET position = (SELECT max(position) FROM events),"
        " created_at = (SELECT max(created_at) FROM events);"
        "COMMIT");
  }

  Sql& sql_;
};

}  // namespace usermeta
