#include "apps/sdp/input.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sdp/parser.h"

namespace tincan::inline v0::apps {
namespace {

using nlohmann::json;

// JSON writes a character as up to six ("\u000d").
constexpr size_t kMostRead = 6 * sdp::kMaxTextSize + 4096;

bool takeObject(const json& value, SdpInput& out) {
  if (!value.is_object() || !value.contains("sdp") || !value["sdp"].is_string()) return false;
  out.text = value["sdp"].get<std::string>();
  if (value.contains("type") && value["type"].is_string()) out.type = value["type"].get<std::string>();
  return true;
}

// What a log has of a JSON string without its quotation marks: "v=0\\r\\no=…" in one line.
void unescapeLines(std::string& text) {
  if (!text.starts_with("v=0\\")) return;
  for (const auto& [escaped, plain] : {std::pair("\\r", "\r"), std::pair("\\n", "\n"), std::pair("\\/", "/")}) {
    for (size_t at = 0; (at = text.find(escaped, at)) != std::string::npos; ++at) text.replace(at, 2, plain);
  }
}

}  // namespace

SdpInput unwrapSdp(std::string name, std::string text) {
  SdpInput out{std::move(name), {}, std::move(text)};
  unescapeLines(out.text);
  const size_t first = out.text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (out.text[first] != '{' && out.text[first] != '"')) return out;
  const json value = json::parse(out.text, nullptr, false);
  if (value.is_string()) {
    out.text = value.get<std::string>();
  } else if (value.is_object() && !takeObject(value, out)) {
    // What signalling sends around it: {"description":{"type":…,"sdp":…}}.
    for (const json& inner : value) {
      if (takeObject(inner, out)) break;
    }
  }
  return out;
}

Result<SdpInput> readSdp(const std::string& path) {
  const auto close = [](std::FILE* file) {
    if (file != stdin) std::fclose(file);
  };
  const std::unique_ptr<std::FILE, decltype(close)> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"), close);
  if (!file)
    return Error(ErrorCode::kNotFoundError,
                 "cannot read " + (path.empty() ? "\"\"" : path) + ": " + std::strerror(errno));
  std::string text;
  char buffer[65536];
  while (text.size() < kMostRead) {
    const size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    if (count == 0) break;
    text.append(buffer, count);
  }
  if (std::ferror(file.get())) return Error(ErrorCode::kIo, "cannot read " + path + ": " + std::strerror(errno));
  return unwrapSdp(path == "-" ? "standard input" : path, std::move(text));
}

}  // namespace tincan::inline v0::apps
