#include "apps/call/key_log_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace tincan::inline v0::apps {
namespace {

Error failure(const std::string& path) {
  return Error(ErrorCode::kIo, "SSLKEYLOGFILE: cannot write to " + path + ": " + std::strerror(errno));
}

}  // namespace

Result<KeyLogFile> KeyLogFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failure(path);
  return KeyLogFile(path, descriptor);
}

KeyLogFile::KeyLogFile(KeyLogFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

KeyLogFile& KeyLogFile::operator=(KeyLogFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

KeyLogFile::~KeyLogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> KeyLogFile::append(std::string_view lines) {
  if (lines.empty()) return {};
  const ssize_t written = ::write(descriptor_, lines.data(), lines.size());
  if (written < 0 || static_cast<size_t>(written) != lines.size()) return failure(path_);
  return {};
}

}  // namespace tincan::inline v0::apps
