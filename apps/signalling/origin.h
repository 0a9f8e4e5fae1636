#pragma once

#include <string_view>

namespace tincan::apps {

/// Whether a request with this Host header may be answered by a server that listens on loopback: only by loopback's own
/// names, or a site could reach it under a name of its own (DNS rebinding).
bool isLoopbackHost(std::string_view host);

/// Whether a page of `origin` ("http://127.0.0.1:8080") is one that came from `host` ("127.0.0.1:8080"). No origin at
/// all is no browser, and allowed.
bool isSameOrigin(std::string_view origin, std::string_view host);

}  // namespace tincan::apps
