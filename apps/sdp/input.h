#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tincan::inline v0::apps {

/// A description as somebody has it: a file, or what was copied from a console.
struct SdpInput {
  std::string name;  ///< of the file; "standard input"
  std::string type;  ///< that a JSON object around it said; else empty
  std::string text;
};

/// "-" is standard input. At most as much is read as a description may be long, and a little more.
Result<SdpInput> readSdp(const std::string& path);
/// Takes the description out of what is around it: {"type":…,"sdp":…} (at any depth up to one level), or quotes with
/// \r\n in them.
SdpInput unwrapSdp(std::string name, std::string text);

}  // namespace tincan::inline v0::apps
