#include "apps/ice/words.h"

#include <cstdio>

namespace tincan::inline v0::apps {

std::string millisText(Duration duration) {
  const double millis = static_cast<double>(duration.micros()) / 1000;
  char text[32];
  if (millis >= 1000) {
    std::snprintf(text, sizeof text, "%.1f s", millis / 1000);
  } else {
    std::snprintf(text, sizeof text, millis < 10 ? "%.1f ms" : "%.0f ms", millis);
  }
  return text;
}

std::string errorText(const ice::CandidateError& error) {
  return "error  " + error.url + ": " + std::to_string(error.errorCode) + " " + error.errorText +
         (error.address.empty() ? "" : " (from " + error.address + ":" + std::to_string(error.port) + ")");
}

}  // namespace tincan::inline v0::apps
