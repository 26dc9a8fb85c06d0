#include "tests/http/whole_service.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "http/token.hpp"
#include "store/migrate.hpp"
#include "support/test_postgres.hpp"
#include "tests/http/run_coroutine.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

std::string migrated_database() {
  std::string conninfo = fresh_database();
  migrate(conninfo);
  return conninfo;
}

}  // namespace

WholeService::WholeService(const Settings& settings)
    : conninfo_(migrated_database()),
      strand_(asio::make_strand(asio::any_io_executor(context_.get_executor()))),
      checkpoint_(std::make_shared<CheckpointWatch>(context_.get_executor())),
      log_(strand_, conninfo_, new_process_name()),
      projector_(context_.get_executor(), {conninfo_, new_process_name(), [](const std::string&) {}},
                 checkpoint_),
      queries_({context_.get_executor()}, {conninfo_, new_process_name(), 1, settings.patience}, checkpoint_),
      event_queries_(context_.get_executor(), {conninfo_, new_process_name()}),
      history_(context_.get_executor(), {conninfo_, new_process_name()}),
      eraser_(context_.get_executor(), {conninfo_, new_process_name(), {}}),
      live_queries_(context_.get_executor(), event_queries_,
                    {conninfo_, new_process_name(), settings.most_followers}),
      writer_(strand_, log_, writer_options(settings)),
      callers_(directory_, writer_),
      api_(callers_, writer_, queries_, event_queries_, history_, eraser_,
           [this] { return next_id ? next_id() : ids_.next(); }),
      follow_(callers_, live_queries_, settings.follow),
      audit_queries_(context_.get_executor(), {conninfo_, new_process_name()}),
      audit_(callers_, audit_queries_),
      calls_(api_, follow_, audit_, call_options(settings)) {
  projector_.start();
  eraser_.start();
  writer_.start();
  run(writer_.level(20s));
  set_up();
}

WholeService::~WholeService() {
  run(writer_.stop(0ms));
  run(projector_.stop());
  run(eraser_.stop());
  queries_.close();
  event_queries_.close();
  history_.close();
  live_queries_.close();
  audit_queries_.close();
  asio::dispatch(strand_, [this] { log_.close(); });
  context_.restart();
  context_.run();
}

template <class T>
T WholeService::run(asio::awaitable<T> work) {
  return run_coroutine(context_, std::move(work));
}

void WholeService::set_up() {
  admin_token = token = new_token();
  admin_id = ids_.next();
  org = ids_.next();
  Command command =
      SetUpInstance{"instance", org, "org", admin_id, "admin", ids_.next(), hash_of_token(token)};
  CommandRequest request{std::move(command), {}, "SYSTEM", [](std::string_view) { return std::nullopt; }, {}};
  const auto answer = run(writer_.handle(std::move(request)));
  if (!std::holds_alternative<Done>(answer)) throw std::runtime_error("cannot set up");
}

Writer::Options WholeService::writer_options(const Settings& settings) {
  Writer::Options options;
  options.handler.pending_commands = settings.pending_commands;
  options.handler.new_salt = [this] { return salts_.next(); };
  options.on_access = [this](const Fact& fact) { directory_.apply(fact); };
  options.on_appended = [this](const std::shared_ptr<const Batch>& batch) {
    projector_.appended(batch);
    live_queries_.poke();
  };
  options.on_head = [this](Position) { projector_.poke(); };
  return options;
}

CallService::Options WholeService::call_options(const Settings& settings) {
  CallService::Options options;
  options.serves = settings.serves;
  options.trusted_proxies = TrustedProxies(settings.trusted_proxies);
  options.call_time = 20s;
  options.messages_bytes = settings.messages_bytes;
  options.new_request_id = [] { return "made-up"; };
  options.readiness = [this]() -> asio::awaitable<std::string> { co_return trouble; };
  options.metrics = []() -> asio::awaitable<std::string> { co_return "the metrics"; };
  options.status = []() -> asio::awaitable<std::string> { co_return R"({"the":"status"})"; };
  options.on_call = [this](const CallRecord& call) { call_records.push_back(call); };
  options.on_request = [this](const RequestRecord& record) { records.push_back(record); };
  options.on_error = [this](const std::string& error) { errors.push_back(error); };
  return options;
}

HttpRequest WholeService::request(const std::string& method, const std::string& target,
                                  const std::string& body, const HeaderFields& fields) const {
  HttpRequest request{method, target, {}, body, "192.0.2.1"};
  if (!token.empty()) request.fields.add("authorization", "Bearer " + token);
  for (const auto& [name, value] : fields) request.fields.add(name, value);
  return request;
}

// As the transport does it: what the header alone decides, is answered before the body is there.
std::vector<WholeService::Answer> WholeService::ask_all(std::vector<HttpRequest> requests) {
  std::vector<Answer> answers(requests.size());
  std::size_t waiting = requests.size();
  const auto take = [&](std::size_t i, const HttpResponse& response) {
    answers[i] = {response.status, response.fields, response.trailers, response.body, nullptr};
    boost::system::error_code none;
    json::value value = json::parse(response.body, none);
    if (!none) answers[i].json = std::move(value);
    if (--waiting == 0) context_.stop();
  };
  context_.restart();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    HttpRequest header = requests[i];
    header.body.clear();
    if (const auto early = calls_.answer_header(header))
      take(i, *early);
    else
      asio::co_spawn(context_, calls_.answer(std::move(requests[i])),
                     [&take, i](const std::exception_ptr& error, const HttpResponse& response) {
                       if (error) std::rethrow_exception(error);
                       take(i, response);
                     });
  }
  if (waiting > 0) context_.run();
  return answers;
}

WholeService::Answer WholeService::ask(const std::string& method, const std::string& target,
                                       const std::string& body, const HeaderFields& fields) {
  return ask_all({request(method, target, body, fields)}).front();
}

std::string WholeService::Answer::outcome() const {
  if (status == 200) return "200";
  std::string text = std::to_string(status);
  const auto* object = json.if_object();
  if (!object || !object->contains("code")) return text;
  text += " " + std::to_string(object->at("code").to_number<int>());
  if (const auto* details = object->if_contains("details"))
    text += " " + std::string(details->at(0).at("id").as_string());
  return text;
}

json::value WholeService::Answer::at(std::string_view pointer) const {
  boost::system::error_code none;
  const json::value* found = json.find_pointer(pointer, none);
  if (found) return *found;
  ADD_FAILURE() << "no " << pointer << " in " << status << " " << body;
  return nullptr;
}

std::string WholeService::Answer::text(std::string_view pointer) const {
  const json::value value = at(pointer);
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::string WholeService::Answer::field(std::string_view name) const {
  return std::string(fields.find(name).value_or("(none)"));
}

std::string WholeService::Answer::trailer(std::string_view name) const {
  return std::string(trailers.find(name).value_or("(none)"));
}

std::string WholeService::add_machine(const std::string& name) {
  return ask("POST", "/management/v1/users/machine", R"({"userName":")" + name + R"(","name":"n"})")
      .text("/userId");
}

std::string WholeService::add_token(const std::string& user_id) {
  return ask("POST", "/management/v1/users/" + user_id + "/pats").text("/token");
}

std::string WholeService::add_caller(const std::string& name, const std::string& role) {
  const std::string id = add_machine(name);
  std::string made = add_token(id);
  if (role.empty()) return made;
  const Answer answer = ask("POST", "/management/v1/orgs/me/members",
                            R"({"userId":")" + id + R"(","roles":[")" + role + R"("]})");
  EXPECT_EQ(answer.status, 200U) << answer.body;
  return made;
}

std::string members(const json::value& object) {
  std::vector<std::string> names;
  if (const auto* members = object.if_object())
    for (const auto& member : *members) names.emplace_back(member.key());
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace usermeta
