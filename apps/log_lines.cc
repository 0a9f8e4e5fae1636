#include "apps/log_lines.h"

#include <chrono>
#include <cstdio>
#include <string>

#include "net/log.h"

namespace tincan::inline v0::apps {

void logToStandardError(bool verbose) {
  const auto start = std::chrono::steady_clock::now();
  setLogSink(verbose ? LogLevel::kDebug : LogLevel::kWarning, [start](LogLevel level, std::string_view component,
                                                                      std::string_view text) {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start;
    const std::string line = std::string(toString(level)) + " " + std::string(component) + ": " + std::string(text);
    std::fprintf(stderr, "%9.3f %s\n", since.count(), line.c_str());
  });
}

}  // namespace tincan::inline v0::apps
