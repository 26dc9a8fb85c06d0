#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "store/pg_pipeline.hpp"

namespace usermeta {

// A statement that is on its way: sent when this is made, and its answer awaited when it is wanted. What is
// never awaited is forgotten.
//
// On the pipeline's strand.
class PgPending {
 public:
  PgPending(PgPipeline& pipeline, const PgStatement& statement, const PgParams& params);

  // To be awaited once. Throws Outage.
  boost::asio::awaitable<PgRows> rows() const;

 private:
  struct Answer;
  std::shared_ptr<Answer> answer_;
};

}  // namespace usermeta
