#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tincan::apps {

/// Whether a request with this Host header may be answered by a server that listens on loopback: only by loopback's own
/// names, or a site could reach it under a name of its own (DNS rebinding).
bool isLoopbackHost(std::string_view host);

/// Whether a Host header is an address, of whatever machine: no site can make an address its own name.
bool isAddressHost(std::string_view host);

/// Whether a Host header, its port aside, is one of `names`.
bool isNamedHost(std::string_view host, const std::vector<std::string>& names);

/// Whether a page of `origin` ("http://127.0.0.1:8080") is one that came from `host` ("127.0.0.1:8080"). No origin at
/// all is no browser, and allowed.
bool isSameOrigin(std::string_view origin, std::string_view host);

}  // namespace tincan::apps
