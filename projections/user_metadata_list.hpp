#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

struct UserMetadataRow {
  std::string key;
  std::string value;
  std::string owner;
  Time created_at{};
  Time changed_at{};
  Sequence sequence = 0;
};

struct UserMetadataPage {
  std::vector<UserMetadataRow> rows;
  std::uint64_t total = 0;  // of all that match
};

// A condition on keys. The methods are ZITADEL's TextQueryMethod, 0 to 7.
struct KeyQuery {
  std::string key;
  int method = 0;
};

enum class UserMetadataOrder { by_key, newest_first, oldest_first };  // the latter two then by key

struct UserMetadataListing {
  std::string user_id;
  bool everywhere = false;  // else only what belongs to one of these organisations
  std::vector<std::string> orgs;
  std::vector<KeyQuery> queries;  // all must match
  UserMetadataOrder order = UserMetadataOrder::by_key;
  std::uint64_t offset = 0;
  std::uint32_t limit = 1000;  // 1 at least; a page also ends before its values pass 3 MiB, but has one row
};

// The key, value, owner, dates of creation and of the last change, and sequence, in that order, in a row.
UserMetadataRow row_at(const PgRows& rows, int row);

// Reads a page from the read model as it is now. The pipeline must outlive the call. Throws Outage.
boost::asio::awaitable<UserMetadataPage> list_user_metadata(PgPipeline& pipeline,
                                                            const UserMetadataListing& listing);

}  // namespace usermeta
