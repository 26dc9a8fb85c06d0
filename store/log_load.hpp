#pragma once

#include <memory>

#include "events/log.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Reads what decisions need of cold aggregates: each by index, whatever the length of its history.
void load_aggregates(PgPipeline& reader, const std::vector<Needed>& aggregates,
                     const std::vector<Name>& names, Log::Done<Loaded> done);

}  // namespace usermeta
