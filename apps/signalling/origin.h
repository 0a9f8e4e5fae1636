#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/address.h"

namespace tincan::inline v0::apps {

/// Whether a request with this Host header may be answered by a server that listens on loopback: only by loopback's own
/// names, or a site could reach it under a name of its own (DNS rebinding).
bool isLoopbackHost(std::string_view host);

/// Where a request came in, and what else the page may be called.
struct PageAddress {
  SocketAddress bound;                 ///< what the server listens on; may be 0.0.0.0 or ::
  SocketAddress local;                 ///< our end of this connection
  std::span<const std::string> names;  ///< what else it is called: "tincan.example", or with a port
  uint16_t usualPort = 80;             ///< which a Host header leaves out; 443 over TLS
};

/// Whether a request with this Host header is for us: by the address and port that it reached, by a name that the user
/// has given, or by loopback's names over loopback. Any other name is a site's own that points here (DNS rebinding).
bool isOwnHost(std::string_view host, const PageAddress& page);

/// Whether a page of `origin` ("http://127.0.0.1:8080") is one that came from `host` ("127.0.0.1:8080"). No origin at
/// all is no browser, and allowed.
bool isSameOrigin(std::string_view origin, std::string_view host);

}  // namespace tincan::inline v0::apps
