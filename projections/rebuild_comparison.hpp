#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// All rows of a table: two tables with the same rows in whatever order have the same sum.
struct TableSum {
  std::int64_t rows = 0;
  std::uint64_t checksum = 0;
  friend bool operator==(const TableSum&, const TableSum&) = default;
};

// A key that two tables do not have the same of. Never its values: of those the SHA-256, in hexadecimal.
struct RowDifference {
  struct Row {
    Sequence sequence = 0;
    std::string value_digest;
  };
  std::string user_id;
  std::string key;
  std::optional<Row> in_use;   // none: it is only in the other one
  std::optional<Row> rebuilt;  // the same
};

// The table that is read and the one that a rebuild has made, side by side.
struct RebuildComparison {
  Position position = 0;  // of both
  TableSum in_use;
  TableSum rebuilt;
  std::int64_t users_left_out = 0;  // have changed since, and are in neither sum
  std::int64_t different = 0;
  std::vector<RowDifference> first = {};  // of those, by user and key: kMostDifferences at most
};

inline constexpr std::size_t kMostDifferences = 20;

// As the transaction sees them, without those users. It waits for nobody, and nobody for it. Throws Outage.
boost::asio::awaitable<RebuildComparison> compare_rebuilt(PgTransaction& transaction,
                                                          const std::vector<std::string_view>& left_out);

}  // namespace usermeta
