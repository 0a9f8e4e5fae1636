#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"

namespace tincan::apps {

/// A headless Chromium with its fake camera and microphone, on one page, in a profile of its own.
///
/// A keeper process stands between: it waits for the browser's end and for ours, whichever comes first, and then kills
/// the browser with all its children and deletes the profile. So nothing is left running or lying about, not even after
/// SIGKILL.
class Chromium {
 public:
  static constexpr const char* kProgram = "/usr/lib/chromium/chromium";

  /// The error, when it is not installed, says what to do. `program`: another one, for tests.
  static Result<std::unique_ptr<Chromium>> launch(const std::string& url, const std::string& program = kProgram);
  /// Kills it and waits until it, and its profile, are gone.
  ~Chromium();
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  bool running();
  /// What it wrote to its standard error last, for a user who asks why it failed; empty when it wrote nothing.
  std::string lastWords() const;

 private:
  Chromium(pid_t keeper, int life, int log) : keeper_(keeper), life_(life), log_(log) {}

  pid_t keeper_;
  int life_;  // our end of the pipe whose closing tells the keeper that we are gone
  int log_;   // its standard error, in memory
};

}  // namespace tincan::apps
