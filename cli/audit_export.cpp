#include "cli/audit_export.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/progress.hpp"
#include "cli/whole_file.hpp"
#include "projections/audit_log.hpp"
#include "projections/audit_reader.hpp"
#include "projections/event_list.hpp"
#include "proof/audit_export.hpp"
#include "proof/checkpoint.hpp"
#include "proof/signed_note.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct ExportOptions {
  CommandOptions common;
  Position from = 1;
  Position until = 0;  // 0: as far as it is signed
  std::string to;
};

// The roots of the perfect subtrees that these leaves fall into.
asio::awaitable<std::vector<Digest>> subtrees(PgPipeline& pipeline, std::uint64_t begin, std::uint64_t end) {
  std::vector<Digest> roots;
  for (const unsigned level : subtree_levels(begin, end)) {
    roots.push_back(co_await audit_subtree(pipeline, begin, level));
    begin += std::uint64_t{1} << level;
  }
  co_return roots;
}

asio::awaitable<ExportHeader> make_header(PgPipeline& pipeline, const ExportOptions& options) {
  const auto note = co_await newest_checkpoint(pipeline);
  const auto text = note ? text_of_note(*note) : std::nullopt;
  const auto checkpoint = text ? parse_checkpoint(*text) : std::nullopt;
  if (!checkpoint) throw std::runtime_error("the log has no checkpoint yet: nothing of it is signed");
  const auto size = static_cast<Position>(checkpoint->size);
  ExportHeader header{options.from, options.until == 0 ? size : options.until, *note, {}, {}};
  if (header.until > size)
    throw std::runtime_error("only what is up to position " + std::to_string(size) + " is signed yet");
  if (header.from > header.until)
    throw std::runtime_error("from position " + std::to_string(header.from) + " to " +
                             std::to_string(header.until) + " there is nothing");
  header.before = co_await subtrees(pipeline, 0, static_cast<std::uint64_t>(header.from) - 1);
  header.after = co_await subtrees(pipeline, static_cast<std::uint64_t>(header.until), checkpoint->size);
  co_return header;
}

asio::awaitable<ExportHeader> write_log(PgPipeline& pipeline, const ExportOptions& options, WholeFile& file,
                                        Progress& progress) {
  ExportHeader header = co_await make_header(pipeline, options);
  const auto identity = co_await audit_identity(pipeline);
  if (!identity) throw std::runtime_error("the log has lost its first event");
  file.write(to_line(header));
  AuditReader reader(pipeline, header.from - 1, header.until);
  const Position events = header.until - header.from + 1;
  Position next = header.from;
  std::string lines;
  while (next <= header.until) {
    progress.show(next - header.from, events, Progress::Clock::now());
    const std::vector<Evidence> page = co_await reader.next();
    lines.clear();
    for (const Evidence& evidence : page) {
      if (evidence.event.position != next) break;
      lines += to_line(evidence, identity->instance);
      ++next;
    }
    file.write(lines);
    if (page.empty() || page.back().event.position != next - 1)
      throw std::runtime_error("the log has no event at position " + std::to_string(next) +
                               ", or several: see usermeta audit verify");
  }
  progress.show(events, events, Progress::Clock::now());
  co_return header;
}

void export_log(const ExportOptions& options, const std::string& conninfo) {
  CommandConnection connection({.conninfo = conninfo,
                                .application_name = "usermeta audit",
                                .settings = kByEventIndex,
                                .patience = std::chrono::minutes(1)});
  WholeFile file(options.to);
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  const ExportHeader header =
      connection.run(write_log(connection.pipeline(), options, file, progress), [&] { progress.finish(); });
  file.finish();
  std::fprintf(stderr, "exported positions %ld to %ld\n", header.from, header.until);
}

}  // namespace

void add_audit_export(CLI::App& audit, int& result) {
  CLI::App* command = audit.add_subcommand(
      "export",
      "Write the log, or a part of it, as lines of JSON: a header with the newest checkpoint, and then a\n"
      "CloudEvent a line with what proves it. `usermeta audit verify FILE` checks it anywhere");
  const auto options = std::make_shared<ExportOptions>();
  add_command_options(*command, options->common);
  command->add_option("--to", options->to, "The file to write (-: standard output)")
      ->required()
      ->type_name("FILE");
  command->add_option("--from", options->from, "The first position")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("POSITION");
  command->add_option("--until", options->until, "The last position; as far as the log is signed otherwise")
      ->check(CLI::PositiveNumber)
      ->type_name("POSITION");
  command->callback([options, &result] {
    result =
        run_command(options->common, [&](const std::string& conninfo) { export_log(*options, conninfo); });
  });
}

}  // namespace usermeta
