#include "base/log.h"

namespace tincan::inline v0 {

std::string_view toString(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
  }
  return "?";
}

}  // namespace tincan::inline v0
