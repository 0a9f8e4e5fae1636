#include "apps/call/outputs.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace tincan::inline v0::apps {

namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

Result<void> checkWritable(const std::string& path, const char* option) {
  if (path.empty()) return {};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return Error(ErrorCode::kIo, std::string(option) + ": " + path + " is a folder, give a file's name");
  }
  if (exists(path)) {
    if (::access(path.c_str(), W_OK) == 0) return {};
    return Error(ErrorCode::kIo, std::string(option) + ": cannot write " + path + ": " + std::strerror(errno));
  }
  std::string folder = fs::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored))
    return Error(ErrorCode::kIo, std::string(option) + ": there is no folder " + folder + " for " + path);
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return Error(ErrorCode::kIo,
               std::string(option) + ": cannot write into the folder of " + path + ": " + std::strerror(errno));
}

Result<void> checkNew(const std::string& path, bool named, bool overwrite, const char* option) {
  if (!named || overwrite || path.empty() || !exists(path)) return {};
  // A device or a pipe has nothing to lose.
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return {};
  return Error(ErrorCode::kIo,
               std::string(option) + ": " + path + " is there already: choose another name, or give --overwrite");
}

}  // namespace

Result<void> checkOutputs(const CallOptions& options) {
  if (auto fine = checkWritable(options.recording, "--recording"); !fine) return fine;
  if (auto fine = checkWritable(options.picture, "--picture"); !fine) return fine;
  if (auto fine = checkWritable(options.report, "--report"); !fine) return fine;
  if (auto fine = checkNew(options.recording, options.recordingNamed, options.overwrite, "--recording"); !fine) {
    return fine;
  }
  return checkNew(options.picture, options.pictureNamed, options.overwrite, "--picture");
}

std::string freeName(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !exists(path) || !fs::is_regular_file(path, ignored)) return path;
  const fs::path name(path);
  for (int i = 2;; ++i) {
    fs::path numbered =
        name.parent_path() / (name.stem().string() + "-" + std::to_string(i) + name.extension().string());
    if (!exists(numbered.string())) return numbered.string();
  }
}

Outputs outputsOfNextCall(const CallOptions& options, bool first) {
  if (first && options.overwrite) return {options.recording, options.picture};
  return {freeName(options.recording), freeName(options.picture)};
}

}  // namespace tincan::inline v0::apps
