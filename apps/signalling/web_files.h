#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0::apps {

struct WebFile {
  std::string_view path;  ///< "/index.html"
  std::string_view type;  ///< Content-Type
  ByteView body;
};

/// The page, as it lies in apps/web, built into the program (apps/embed.cmake).
std::span<const WebFile> webFiles();

}  // namespace tincan::inline v0::apps
