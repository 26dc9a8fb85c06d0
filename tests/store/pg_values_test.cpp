#include "store/pg_values.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "store/pg_query.hpp"
#include "support/test_postgres.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using namespace std::chrono;

// Values go to a real server and come back.
class PgValues : public testing::Test {
 protected:
  PgRows ask(const PgStatement& statement, PgParams params) {
    return threads_.run(query(*pipeline_, statement, std::move(params)));
  }
  ~PgValues() override {
    boost::asio::post(pipeline_->strand(), [pipeline = pipeline_] { pipeline->close(); });
  }

 private:
  Threads threads_;
  std::shared_ptr<PgPipeline> pipeline_ =
      std::make_shared<PgPipeline>(threads_.strand(), PgPipeline::Options{fresh_database(), "values", ""});
};

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST_F(PgValues, SingleValues) {
  const PgStatement echo{"echo", "SELECT $1::bigint, $2::text, $3::bytea, $4::timestamptz, $5::bigint"};
  const Time time = sys_days{May / 4 / 2025} + hours{12} + microseconds{123456};
  PgParams params;
  params.int8(std::numeric_limits<std::int64_t>::min()).text("ключ 🔑 '\"\\").bytes(every_byte()).time(time);
  params.int8(-1);
  const PgRows rows = ask(echo, std::move(params));
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows.int8(0, 0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows.text(0, 1), "ключ 🔑 '\"\\");
  EXPECT_EQ(rows.bytes(0, 2), every_byte());
  EXPECT_EQ(rows.time(0, 3), time);
  EXPECT_EQ(rows.int8(0, 4), -1);
}

TEST_F(PgValues, TheServerUnderstandsThemAsMeant) {
  const PgStatement compare{
      "compare",
      "SELECT $1::bigint = 1234567890123, $2::timestamptz = '2025-05-04 12:00:00.000001+00',"
      " $3::timestamptz = '1969-12-31 23:59:59.5+00', $4::smallint[] = '{-1,2,32767}',"
      " $5::text[] = ARRAY['a', ''], $6::bytea[] = ARRAY['\\x00'::bytea, '\\xff'],"
      " $7::timestamptz[] = ARRAY['1999-12-31 23:59:59+00'::timestamptz],"
      " $8::bigint[] = '{9223372036854775807}'"};
  PgParams params;
  params.int8(1234567890123).time(sys_days{May / 4 / 2025} + hours{12} + microseconds{1});
  params.time(sys_days{January / 1 / 1970} - milliseconds{500}).int2s({-1, 2, 32767}).texts({"a", ""});
  params.byteas({std::string_view("\0", 1), "\xff"}).times({sys_days{January / 1 / 2000} - seconds{1}});
  params.int8s({std::numeric_limits<std::int64_t>::max()});
  const PgRows rows = ask(compare, std::move(params));
  for (int column = 0; column < 8; ++column) EXPECT_TRUE(rows.boolean(0, column)) << column;
}

TEST_F(PgValues, TimesFromYear1To9999) {
  const PgStatement echo{"echo_time",
                         "SELECT t FROM unnest($1::timestamptz[]) WITH ORDINALITY AS a (t, n) ORDER BY n"};
  const std::vector<Time> times{sys_days{January / 1 / 1}, sys_days{December / 31 / 1999} + microseconds{1},
                                Time{}, sys_days{January / 1 / 2000},
                                sys_days{December / 31 / 9999} + hours{23} + microseconds{999999}};
  const PgRows rows = ask(echo, std::move(PgParams().times(times)));
  ASSERT_EQ(rows.size(), static_cast<int>(times.size()));
  for (int row = 0; row < rows.size(); ++row)
    EXPECT_EQ(rows.time(row, 0), times[static_cast<std::size_t>(row)]);
}

TEST_F(PgValues, Arrays) {
  const PgStatement echo{
      "echo_arrays",
      "SELECT i, s, t, b FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::bytea[])"
      " WITH ORDINALITY AS a (i, s, t, b, n) ORDER BY n"};
  const std::string bytes = every_byte();
  PgParams params;
  params.int8s({1, -1, 0}).int2s({2, -2, 0}).texts({"x", "", "ü,{}\"NULL"}).byteas({bytes, "", "NULL"});
  const PgRows rows = ask(echo, std::move(params));
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows.int8(1, 0), -1);
  EXPECT_EQ(rows.int2(1, 1), -2);
  EXPECT_EQ(rows.text(1, 2), "");
  EXPECT_FALSE(rows.is_null(1, 2));
  EXPECT_EQ(rows.bytes(0, 3), bytes);
  EXPECT_EQ(rows.text(2, 2), "ü,{}\"NULL");
  EXPECT_EQ(rows.bytes(2, 3), "NULL");
  EXPECT_FALSE(rows.is_null(2, 3));
}

TEST_F(PgValues, EmptyArrays) {
  const PgStatement count{
      "count",
      "SELECT cardinality($1::bigint[]) + cardinality($2::smallint[]) + cardinality($3::text[])"
      " + cardinality($4::bytea[]) + cardinality($5::timestamptz[]) = 0"};
  PgParams params;
  params.int8s({}).int2s({}).texts({}).byteas({}).times({});
  EXPECT_TRUE(ask(count, std::move(params)).boolean(0, 0));
}

TEST_F(PgValues, NullIsToldFromEmpty) {
  const PgRows rows = ask({"nulls", "SELECT NULL::text, ''::text"}, {});
  EXPECT_TRUE(rows.is_null(0, 0));
  EXPECT_FALSE(rows.is_null(0, 1));
  EXPECT_EQ(rows.bytes(0, 0), "");
}

TEST_F(PgValues, HowManyRowsChanged) {
  ask({"make", "CREATE TABLE t (n bigint)"}, {});
  EXPECT_EQ(ask({"insert", "INSERT INTO t SELECT generate_series(1, 12)"}, {}).changed(), 12);
  EXPECT_EQ(ask({"update", "UPDATE t SET n = 0 WHERE n > 2"}, {}).changed(), 10);
  EXPECT_EQ(ask({"delete", "DELETE FROM t WHERE n = 99"}, {}).changed(), 0);
  EXPECT_EQ(PgRows().changed(), 0);
  EXPECT_EQ(PgRows().size(), 0);
}

}  // namespace
}  // namespace usermeta
