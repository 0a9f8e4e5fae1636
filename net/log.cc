#include "net/log.h"

#include <mutex>

namespace tincan::inline v0 {
namespace {

struct Default {
  std::mutex mutex;
  Log log;
};

Default& theDefault() {
  static Default out;
  return out;
}

}  // namespace

void setLogSink(LogLevel lowest, LogSink sink) {
  // The old sink is destroyed after the lock is gone: it may hold anything.
  Log log(lowest, std::move(sink));
  const std::lock_guard lock(theDefault().mutex);
  std::swap(theDefault().log, log);
}

Log defaultLog() {
  const std::lock_guard lock(theDefault().mutex);
  return theDefault().log;
}

}  // namespace tincan::inline v0
