#pragma once

#include "events/log.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Compare-and-append: one statement that moves the log's head from `batch.known`, and writes the events,
// claims and releases only when it did. `done` gets whether it did.
void append_batch(PgPipeline& appender, const Batch& batch,
                  std::function<void(std::exception_ptr, bool)> done);

}  // namespace usermeta
