#pragma once

#include <span>

#include "apps/signalling/web_files.h"

namespace tincan::inline v0::examples {

/// The examples' pages, as they lie in apps/examples/web, built into the programs (apps/embed.cmake).
std::span<const apps::WebFile> exampleFiles();

}  // namespace tincan::inline v0::examples
