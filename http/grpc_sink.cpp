#include "http/grpc_sink.hpp"

#include "http/event_message.hpp"

namespace usermeta {

using boost::asio::awaitable;

void GrpcSink::append(std::string& out, const Recorded& event) {
  v1::FollowResponse message;
  set_event(*message.mutable_event(), event);
  message.set_position(static_cast<std::uint64_t>(event.position));
  stream_.append(out, message);
}

void GrpcSink::append_place(std::string& out, Position reached) {
  v1::FollowResponse message;
  message.set_position(static_cast<std::uint64_t>(reached));
  stream_.append(out, message);
}

awaitable<bool> GrpcSink::send(std::string bytes, time_point until) {
  co_return co_await stream_.send(std::move(bytes), until);
}

awaitable<std::optional<Failure>> GrpcSink::pause(time_point until) {
  co_return co_await stream_.pause(until);
}

void GrpcSink::end(const Failure& why, Position reached) {
  std::string last;
  append_place(last, reached);
  stream_.end(why, std::move(last));
}

}  // namespace usermeta
