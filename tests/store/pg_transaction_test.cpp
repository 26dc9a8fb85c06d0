#include "store/pg_transaction.hpp"

#include "store/pipeline.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

constexpr PgStatement kInsert{"insert", "INSERT INTO kept VALUES ($1::bigint)"};
constexpr PgStatement kCount{"count", "SELECT count(*) FROM kept"};

class Transaction : public Pipeline {
 protected:
  void SetUp() override {
    open({conninfo, "transaction test", "-c search_path=usermeta"});
    sql.run("CREATE SCHEMA usermeta; CREATE TABLE kept (n bigint PRIMARY KEY)");
  }

  // Lets `steps` use a transaction; why that failed, or "".
  std::string failure(const std::function<asio::awaitable<void>(PgTransaction&)>& steps) {
    const auto run = [this, &steps]() -> asio::awaitable<void> {
      PgTransaction transaction(*pipeline);
      co_await steps(transaction);
    };
    try {
      Threads::get(asio::co_spawn(pipeline->strand(), run(), asio::use_future));
    } catch (const Outage& outage) {
      return outage.what();
    }
    return "";
  }
  std::string kept() {
    return sql.value("SELECT coalesce(string_agg(n::text, ' ' ORDER BY n), '') FROM kept");
  }
};

TEST_F(Transaction, EverythingIsThereAfterTheCommit) {
  EXPECT_EQ(failure([](PgTransaction& transaction) -> asio::awaitable<void> {
              transaction.run(kInsert, number(1));
              transaction.run(kInsert, number(2));
              const PgRows rows = co_await transaction.query(kCount, {});
              EXPECT_EQ(rows.int8(0, 0), 2);
              transaction.run(kInsert, number(3));
              co_await transaction.commit();
            }),
            "");
  EXPECT_EQ(kept(), "1 2 3");
}

TEST_F(Transaction, WithoutACommitItIsRolledBackAndTheConnectionIsKept) {
  const std::int64_t pid = ask(kPid).int8(0, 0);
  failure([](PgTransaction& transaction) -> asio::awaitable<void> {
    co_await transaction.query(kInsert, number(1));
  });
  EXPECT_EQ(ask(kCount).int8(0, 0), 0);
  EXPECT_EQ(ask(kPid).int8(0, 0), pid);
  EXPECT_EQ(sql.value("SELECT state FROM pg_stat_activity WHERE application_name = 'transaction test'"),
            "idle");
}

TEST_F(Transaction, OneFailureFailsTheCommitAndTheConnectionIsKept) {
  const std::int64_t pid = ask(kPid).int8(0, 0);
  EXPECT_THAT(failure([](PgTransaction& transaction) -> asio::awaitable<void> {
                transaction.run(kInsert, number(1));
                transaction.run(kInsert, number(1));
                transaction.run(kInsert, number(2));
                co_await transaction.commit();
              }),
              HasSubstr("duplicate key"));
  EXPECT_EQ(kept(), "");
  EXPECT_EQ(ask(kPid).int8(0, 0), pid);
}

TEST_F(Transaction, AQueryAfterAFailureTellsOfTheFailure) {
  EXPECT_THAT(failure([](PgTransaction& transaction) -> asio::awaitable<void> {
                transaction.run(kInsert, number(1));
                transaction.run(kInsert, number(1));
                co_await transaction.query(kCount, {});
              }),
              HasSubstr("duplicate key"));
}

TEST_F(Transaction, TheNextOneMayBeginWhenTheCommitWasSent) {
  EXPECT_EQ(failure([this](PgTransaction& first) -> asio::awaitable<void> {
              first.run(kInsert, number(1));
              first.send_commit();
              PgTransaction second(*pipeline);
              second.run(kInsert, number(2));
              second.send_commit();
              co_await first.commit();
              co_await second.commit();
            }),
            "");
  EXPECT_EQ(kept(), "1 2");
}

TEST_F(Transaction, OneWhoseCommitWasSentFailsByItselfAndWhatFollowsCanStillBeGivenUp) {
  const std::int64_t pid = ask(kPid).int8(0, 0);
  EXPECT_THAT(failure([this](PgTransaction& first) -> asio::awaitable<void> {
                first.run(kInsert, number(1));
                first.run(kInsert, number(1));
                first.send_commit();
                PgTransaction second(*pipeline);
                second.run(kInsert, number(2));
                co_await first.commit();
              }),
              HasSubstr("duplicate key"));
  EXPECT_EQ(kept(), "");
  EXPECT_EQ(ask(kPid).int8(0, 0), pid);
}

TEST_F(Transaction, NothingOfItGoesToTheNextConnection) {
  const auto lose_it = [this]() -> asio::awaitable<void> {
    const std::uint64_t losses = pipeline->losses();
    sql.terminate("transaction test");
    while (pipeline->losses() == losses) co_await asio::post(pipeline->strand(), asio::use_awaitable);
  };
  const std::string lost = failure([&](PgTransaction& transaction) -> asio::awaitable<void> {
    co_await transaction.query(kInsert, number(1));
    co_await lose_it();
    transaction.run(kInsert, number(2));
    co_await transaction.commit();
  });
  EXPECT_THAT(lost, HasSubstr("lost the connection"));
  const std::string queried = failure([&](PgTransaction& transaction) -> asio::awaitable<void> {
    co_await transaction.query(kInsert, number(3));
    co_await lose_it();
    co_await transaction.query(kInsert, number(4));
  });
  EXPECT_THAT(queried, HasSubstr("lost the connection"));
  EXPECT_EQ(ask(kCount).int8(0, 0), 0);
}

}  // namespace
}  // namespace usermeta
