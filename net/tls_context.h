#pragma once

// For .cc files only.

#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"

namespace tincan::inline v0::net {

/// A client's TLS context: TLS 1.2 or later, the peer verified against the system's authorities and those in
/// `extraCertificates` (PEM).
Result<std::unique_ptr<boost::asio::ssl::context>> clientTlsContext(const std::string& extraCertificates);

}  // namespace tincan::inline v0::net
