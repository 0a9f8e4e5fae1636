#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tincan::inline v0::apps {

/// The file that the environment variable SSLKEYLOGFILE names: lines are appended, as browsers and curl do, so that
/// several programs of one capture can share it. Whoever reads it reads all traffic: a new one is the user's alone.
class KeyLogFile {
 public:
  /// Opens for appending, and makes the file if need be; one line that says why not, otherwise.
  static Result<KeyLogFile> open(const std::string& path);
  KeyLogFile(KeyLogFile&& other) noexcept;
  KeyLogFile& operator=(KeyLogFile&& other) noexcept;
  ~KeyLogFile();

  /// All lines in one write, so that those of several programs do not mix.
  Result<void> append(std::string_view lines);

 private:
  KeyLogFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace tincan::inline v0::apps
