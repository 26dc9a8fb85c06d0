#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace usermeta {
namespace {

void add_timeout_options(CLI::App& command, ServeOptions& options) {
  // CLI::Range would let "nan" pass.
  const auto in_range = [](const std::string& text) -> std::string {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value >= 0.01 && value <= 3600;
    return good ? "" : "Value " + text + " not in range 0.01 to 3600";
  };
  const CLI::Validator seconds(in_range, "SECONDS in [0.01 - 3600]", "seconds");
  command
      .add_option("--idle-timeout", options.idle_timeout,
                  "Seconds that a connection may wait between requests")
      ->envname("USERMETA_IDLE_TIMEOUT")
      ->check(seconds)
      ->capture_default_str();
  command.add_option("--header-timeout", options.header_timeout, "Seconds for a request's whole header")
      ->envname("USERMETA_HEADER_TIMEOUT")
      ->check(seconds)
      ->capture_default_str();
  command.add_option("--body-timeout", options.body_timeout, "Seconds for a request's whole body")
      ->envname("USERMETA_BODY_TIMEOUT")
      ->check(seconds)
      ->capture_default_str();
  command
      .add_option("--call-timeout", options.call_timeout,
                  "Seconds until a call that waits for the database gets 503")
      ->envname("USERMETA_CALL_TIMEOUT")
      ->check(seconds)
      ->capture_default_str();
}

}  // namespace

void add_port_options(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--listen", options.listen, "Address and port; [::1]:8080 for IPv6, port 0 for a free one")
      ->envname("USERMETA_LISTEN")
      ->capture_default_str()
      ->type_name("ADDRESS:PORT");
  command
      .add_option("--debug-listen", options.debug_listen,
                  "Address and port for /debug/*, in clear text, which then is not at --listen")
      ->envname("USERMETA_DEBUG_LISTEN")
      ->type_name("ADDRESS:PORT");
  command
      .add_option("--tls-cert", options.tls_certificate,
                  "Certificate chain in PEM form: the port speaks TLS (1.2, 1.3) only; SIGHUP reads both "
                  "files again")
      ->envname("USERMETA_TLS_CERT")
      ->type_name("FILE");
  command
      .add_option("--tls-key", options.tls_key, "The private key of --tls-cert in PEM form, not encrypted")
      ->envname("USERMETA_TLS_KEY")
      ->type_name("FILE");
}

void add_database_options(CLI::App& command, DatabaseOptions& options) {
  options.data = default_data_directory();
  command
      .add_option("--data", options.data,
                  "Directory of this instance: its PostgreSQL, the administrator's token")
      ->envname("USERMETA_DATA")
      ->capture_default_str()
      ->type_name("DIR");
  command
      .add_option("--database-url", options.database_url,
                  "PostgreSQL to use instead of our own, as postgresql://USER:PASSWORD@HOST:PORT/NAME")
      ->envname("USERMETA_DATABASE_URL")
      ->type_name("URL");
  command
      .add_option(
          "--postgres-bin", options.postgres_bin,
          "Directory of PostgreSQL's programs (initdb, postgres) for our own; found by itself otherwise")
      ->envname("USERMETA_POSTGRES_BIN")
      ->type_name("DIR");
}

void add_log_options(CLI::App& command, LogOptions& options) {
  command.add_option("--log-format", options.format, "text, or json for one JSON object a line")
      ->envname("USERMETA_LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command.add_option("--log-level", options.level, "The least level to log")
      ->envname("USERMETA_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
}

void add_serve_options(CLI::App& command, ServeOptions& options) {
  add_database_options(command, options.database);
  add_log_options(command, options.log);
  add_port_options(command, options);
  command.add_flag("--log-requests,!--no-log-requests", options.log_requests, "One log line a request")
      ->envname("USERMETA_LOG_REQUESTS");
  command
      .add_option("--trusted-proxies", options.trusted_proxies,
                  "Addresses or networks whose Forwarded / X-Forwarded-For is believed, comma-separated")
      ->envname("USERMETA_TRUSTED_PROXIES")
      ->delimiter(',')
      ->type_name("CIDR,...");
  command.add_option("--threads", options.threads, "Worker threads; 0: as many as cores")
      ->envname("USERMETA_THREADS")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command
      .add_option("--max-connections", options.max_connections, "Clients connected at a time; more get 503")
      ->envname("USERMETA_MAX_CONNECTIONS")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  add_timeout_options(command, options);
  command
      .add_option("--cache-size", options.cache_megabytes,
                  "Megabytes for users kept in memory between commands")
      ->envname("USERMETA_CACHE_SIZE")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command
      .add_option("--pending-commands", options.pending_commands,
                  "Commands under way at a time; more get 429")
      ->envname("USERMETA_PENDING_COMMANDS")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command
      .add_option("--pending-size", options.pending_megabytes,
                  "Megabytes of commands under way at a time; more get 429")
      ->envname("USERMETA_PENDING_SIZE")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      .add_option("--query-connections", options.query_connections,
                  "Connections to PostgreSQL for reads; 0: one for each thread, but 2 to 16")
      ->envname("USERMETA_QUERY_CONNECTIONS")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command
      .add_option("--max-followers", options.max_followers,
                  "Clients that follow the events at a time; more get 429")
      ->envname("USERMETA_MAX_FOLLOWERS")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  add_kafka_options(command, options.kafka);
  add_audit_options(command, options.audit);
}

ListenAddress parse_listen(const std::string& text, const std::string& option) {
  const std::size_t colon = text.rfind(':');
  ListenAddress result;
  bool good = colon != std::string::npos && colon > 0;
  if (good) {
    result.address = text.substr(0, colon);
    const bool bracketed = result.address.starts_with('[') && result.address.ends_with(']');
    if (bracketed) result.address = result.address.substr(1, result.address.size() - 2);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, result.port);
    const bool of_version_6 = result.address.find(':') != std::string::npos;
    good = error == std::errc() && stop == end && bracketed == of_version_6;
  }
  if (!good)
    throw std::runtime_error(option + " " + text +
                             " is not of the form ADDRESS:PORT, such as 127.0.0.1:8080");
  return result;
}

std::string url_of(const ListenAddress& address, bool tls) {
  const bool v6 = address.address.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + address.address + "]" : address.address;
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(address.port);
}

}  // namespace usermeta
