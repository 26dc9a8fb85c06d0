#pragma once

#include <exception>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

#include "bench/connection.hpp"
#include "zitadel/management.pb.h"

namespace usermeta::bench {

// gRPC over HTTP/2 with prior knowledge: sets, some streams at a time.
class GrpcConnection final : public Connection {
 public:
  GrpcConnection(Questions& questions, Answers& answers);
  ~GrpcConnection() override;

  void ask(const Question& question) override;
  void flush() override;
  void ready() override;

 private:
  friend struct GrpcCallbacks;

  // One call: its message, and what of its answer has come.
  struct Stream {
    Question question;
    std::string message;  // with the frame's head
    std::size_t sent = 0;
    std::string answer;
    std::string http_status, grpc_status, grpc_message;
  };

  // The message, with the frame's head before it; users, keys and values have their places.
  void make_message();
  void fill(Stream& stream);
  void take_field(Stream& stream, std::string_view name, std::string_view value);
  void take_answer(Stream& stream, std::uint32_t error);

  Questions& questions_;
  Answers& answers_;
  const std::string authorization_;
  std::string message_;
  std::size_t key_ = 0, value_ = 0;  // where they stand in it
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Stream*> free_;
  nghttp2_session* session_ = nullptr;
  std::string out_;                                            // frames that are to be sent, without a gap
  std::size_t unsent_ = 0;                                     // from there on
  std::exception_ptr failure_;                                 // of a callback: nghttp2 is C
  zitadel::management::v1::SetUserMetadataResponse response_;  // kept, so that it allocates once
};

}  // namespace usermeta::bench
