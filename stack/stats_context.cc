#include "stack/stats_context.h"

#include <cstdio>

#include "stack/path_id.h"

namespace tincan::inline v0::stack {

std::string statsTransportId(uint32_t path) {
  char text[16];
  std::snprintf(text, sizeof text, "T%02u%s", static_cast<unsigned>(transportOfPath(path) + 1),
                isRtcpPath(path) ? "R" : "");
  return text;
}

std::string statsId(const char* prefix, std::string_view what) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : what) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char text[32];
  std::snprintf(text, sizeof text, "%s%016llx", prefix, static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace tincan::inline v0::stack
