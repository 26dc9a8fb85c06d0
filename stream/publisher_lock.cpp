#include "stream/publisher_lock.hpp"

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

// The first number is ours among advisory locks.
constexpr PgStatement kTakeLock{"take_publisher_lock",
                                "SELECT pg_try_advisory_lock(731020112, hashtext($1::text))"};

}  // namespace

boost::asio::awaitable<bool> take_publisher_lock(PgPipeline& pipeline, std::string topic) {
  const PgRows rows = co_await query(pipeline, kTakeLock, PgParams().text(topic));
  co_return rows.boolean(0, 0);
}

}  // namespace usermeta
