#include "net/tls_context.h"

#include <memory>

#include <boost/asio/buffer.hpp>

namespace tincan::inline v0::net {

Result<std::unique_ptr<boost::asio::ssl::context>> clientTlsContext(const std::string& extraCertificates) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  boost::system::error_code error;
  // RFC 8996: neither TLS 1.0 nor 1.1.
  context->set_options(ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       error);
  if (!error) context->set_verify_mode(ssl::verify_peer, error);
  if (!error) context->set_default_verify_paths(error);
  if (!error && !extraCertificates.empty()) {
    context->add_certificate_authority(boost::asio::buffer(extraCertificates), error);
    if (error) return Error(ErrorCode::kSyntaxError, "extraCertificates: not certificates in PEM: " + error.message());
  }
  if (error) return Error(ErrorCode::kIo, "TLS cannot be set up: " + error.message());
  return context;
}

}  // namespace tincan::inline v0::net
