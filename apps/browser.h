#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"

namespace tincan::inline v0::apps {

/// A headless browser with its fake camera and microphone, on one page, in a profile of its own: a Chromium, a Firefox,
/// or whatever takes the options of one of them.
///
/// A keeper process stands between: it waits for the browser's end and for ours, whichever comes first, and then kills
/// the browser with all its children and deletes the profile. So nothing is left running or lying about, not even after
/// SIGKILL.
class Browser {
 public:
  static constexpr const char* kChromium = "/usr/lib/chromium/chromium";

  /// `program`: its path; it gets Firefox's options when its name has "firefox" in it, else Chromium's. The error, when
  /// it is not there, says what to do.
  static Result<std::unique_ptr<Browser>> launch(const std::string& url, const std::string& program = kChromium);
  /// Kills it and waits until it, and its profile, are gone.
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  bool running();
  /// What it wrote to its standard error last, for a user who asks why it failed; empty when it wrote nothing.
  std::string lastWords() const;

 private:
  Browser(pid_t keeper, int life, int log) : keeper_(keeper), life_(life), log_(log) {}

  pid_t keeper_;
  int life_;  // our end of the pipe whose closing tells the keeper that we are gone
  int log_;   // its standard error, in memory
};

}  // namespace tincan::inline v0::apps
