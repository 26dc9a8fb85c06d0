#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/audit_options.hpp"
#include "cli/database.hpp"
#include "cli/kafka_options.hpp"

namespace usermeta {

struct LogOptions {
  std::string format = "text";
  std::string level = "info";
};

struct ServeOptions {
  DatabaseOptions database;
  LogOptions log;
  std::string listen = "127.0.0.1:8080";
  std::string debug_listen;     // "": /debug/* is there too
  std::string tls_certificate;  // files; "" both: clear text
  std::string tls_key;
  unsigned threads = 0;  // 0: one a core
  std::size_t max_connections = 10'000;
  double idle_timeout = 60;  // seconds
  double header_timeout = 10;
  double body_timeout = 30;
  double call_timeout = 5;
  std::size_t cache_megabytes = 128;
  std::size_t pending_commands = 2'048;
  std::size_t pending_megabytes = 16;
  std::size_t query_connections = 0;  // 0: one a thread, but 2 to 16
  std::size_t max_followers = 500;
  std::vector<std::string> trusted_proxies;
  bool log_requests = false;
  KafkaOptions kafka;
  AuditOptions audit;
};

void add_database_options(CLI::App& command, DatabaseOptions& options);
void add_log_options(CLI::App& command, LogOptions& options);
// Where the service listens, and whether it speaks TLS there.
void add_port_options(CLI::App& command, ServeOptions& options);
void add_serve_options(CLI::App& command, ServeOptions& options);

// "ADDRESS:PORT", an IPv6 address in brackets. Throws std::runtime_error, which names `option`.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};
ListenAddress parse_listen(const std::string& text, const std::string& option = "--listen");

// "http://ADDRESS:PORT", or "https://...", an IPv6 address in brackets.
std::string url_of(const ListenAddress& address, bool tls);

}  // namespace usermeta
