#include "http/openapi_history.hpp"

#include <array>

namespace usermeta {
namespace {

using enum Refusal;

const std::array kHistoryCalls{
    CallText{"usermeta.v1.HistoryService.ListHistory",
             "List who changed a user, when, from where and what",
             kUserRead,
             {user_id_length, key_length, history_limit, user_not_found, position_not_reached},
             "",
             R"({"changes":[{"position":"4711","sequence":"3","createdAt":"2025-03-25T09:53:35.832Z",)"
             R"("type":"user.metadata.set","creator":"163840776835370001","creatorName":"Ada Byron",)"
             R"("requestId":"8f0c","clientAddress":"192.0.2.1","key":"greeting",)"
             R"("oldValue":{"erased":true},"newValue":{"value":"aGVsbG8="}}],"next":"3","end":true})"},
    CallText{"usermeta.v1.HistoryService.ListMetadataAt",
             "List a user's metadata as it was, by key",
             kUserRead,
             {user_id_length, key_length, history_limit, moment_form, user_not_found, position_not_reached},
             "",
             R"({"position":"4712","metadata":[{"key":"greeting","value":"aGVsbG8=","position":"4711",)"
             R"("sequence":"3","changedAt":"2025-03-25T09:53:35.832Z","creator":"163840776835370001"}],)"
             R"("next":"greeting","end":true})"},
    CallText{"usermeta.v1.HistoryService.GetMetadataAt",
             "Get the value of a key as it was",
             kUserRead,
             {user_id_length, key_length, moment_form, metadata_not_found, position_not_reached},
             "",
             R"({"position":"4712","metadata":{"key":"greeting","value":"aGVsbG8=","position":"4711",)"
             R"("sequence":"3","changedAt":"2025-03-25T09:53:35.832Z","creator":"163840776835370001"}})"},
    CallText{"usermeta.v1.HistoryService.EraseValues",
             "Take the values that a key, or every key, has had out of the log for good",
             "user.delete",
             {user_id_length, key_length, user_not_found},
             R"({"key":"greeting"})",
             R"({"position":"4713","erased":"2"})"},
};

}  // namespace

std::span<const CallText> history_call_texts() {
  return kHistoryCalls;
}

}  // namespace usermeta
