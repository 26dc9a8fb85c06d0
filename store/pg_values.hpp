#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "events/time.hpp"

namespace usermeta {

// Parameters of one statement in PostgreSQL's binary format. Integers are big-endian; an array (array_recv in
// src/backend/utils/adt/arrayfuncs.c) is:
//
//   int32 dimensions = 1 | int32 has nulls = 0 | int32 element type | int32 length | int32 lower bound = 1
//   then for each element: int32 bytes | the bytes
class PgParams {
 public:
  PgParams& int8(std::int64_t value);
  PgParams& text(std::string_view value);
  PgParams& bytes(std::string_view value);
  PgParams& time(Time value);
  PgParams& int8s(const std::vector<std::int64_t>& values);
  PgParams& int2s(const std::vector<std::int16_t>& values);
  PgParams& texts(const std::vector<std::string_view>& values);
  PgParams& byteas(const std::vector<std::string_view>& values);
  PgParams& times(const std::vector<Time>& values);

  std::size_t size() const { return lengths_.size(); }
  // For PQsendQueryPrepared; valid until the next change.
  std::vector<const char*> pointers() const;
  const std::vector<int>& lengths() const { return lengths_; }
  std::vector<int> formats() const { return std::vector<int>(size(), 1); }

 private:
  PgParams& end_value();

  std::string bytes_;  // of all values
  std::vector<int> lengths_;
  std::size_t ended_ = 0;  // bytes of those values that are complete
};

// Rows of one statement in binary format. The columns' types are the caller's to know.
class PgRows {
 public:
  PgRows() = default;
  explicit PgRows(PGresult* result) : result_(result) {}

  ExecStatusType status() const { return PQresultStatus(result_.get()); }
  int size() const { return result_ ? PQntuples(result_.get()) : 0; }
  // How many rows an INSERT, UPDATE or DELETE changed.
  std::int64_t changed() const;

  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::int64_t int8(int row, int column) const;
  std::int16_t int2(int row, int column) const;
  bool boolean(int row, int column) const { return *PQgetvalue(result_.get(), row, column) != 0; }
  std::string_view bytes(int row, int column) const;
  std::string text(int row, int column) const { return std::string(bytes(row, column)); }
  Time time(int row, int column) const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace usermeta
