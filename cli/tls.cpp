#include "cli/tls.hpp"

#include <stdexcept>

namespace usermeta {

std::unique_ptr<Tls> make_tls(const ServeOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return nullptr;
  if (options.tls_key.empty()) {
    throw std::runtime_error("--tls-cert " + options.tls_certificate +
                             " is given without its key: name that too, with --tls-key FILE");
  }
  if (options.tls_certificate.empty()) {
    throw std::runtime_error("--tls-key " + options.tls_key +
                             " is given without its certificate: name that too, with --tls-cert FILE");
  }
  return std::make_unique<Tls>(Tls::Files{options.tls_certificate, options.tls_key});
}

void reload_tls(Tls* tls, spdlog::logger& log) {
  if (!tls) return log.info("SIGHUP: nothing to read again, for there is no --tls-cert");
  try {
    tls->reload();
    log.info("SIGHUP: read the TLS certificate and its key again; new connections use them");
  } catch (const std::exception& error) {
    log.error(
        "SIGHUP: {}; new connections still use the certificate that was read before; send SIGHUP "
        "again when this is put right",
        error.what());
  }
}

}  // namespace usermeta
