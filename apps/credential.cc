#include "apps/credential.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace tincan::inline v0::apps {

Result<void> fillCredential(const std::string& file, std::string& credential) {
  if (file.empty()) return {};
  std::ifstream in(file);
  if (!in)
    return Error(ErrorCode::kNotFoundError, "cannot read the credential in " + file + ": " + std::strerror(errno));
  std::string line;
  std::getline(in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty())
    return Error(ErrorCode::kSyntaxError, file + ": its first line is to be the credential, and is empty");
  credential = std::move(line);
  return {};
}

}  // namespace tincan::inline v0::apps
