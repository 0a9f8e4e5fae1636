#include "apps/sdp/sdp.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "apps/sdp/diff.h"
#include "apps/sdp/input.h"
#include "apps/sdp/json.h"
#include "apps/sdp/overview.h"
#include "apps/sdp/text.h"

namespace tincan::inline v0::apps {
namespace {

constexpr int kUnusable = 1, kUsage = 2;

SdpStyle styleOf(std::FILE* out) {
  SdpStyle style;
  if (isatty(fileno(out)) == 0) return style;
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = std::clamp<size_t>(size.ws_col, 60, 120);
  style.colours = std::getenv("NO_COLOR") == nullptr;  // no-color.org
  return style;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int check(const SdpOptions& options, const SdpOverview& read, const SdpStyle& style) {
  const std::string complaints = toComplaints(read, style);
  if (options.json)
    print(findingsToJson(read));
  else if (complaints.empty())
    print(read.name + ": nothing is wrong\n");
  else
    print(complaints);
  return complaints.empty() ? 0 : kUnusable;
}

int answer(const SdpOptions& options, const SdpOverview& read, const SdpStyle& style) {
  if (read.type != "offer" && !read.refused()) {
    std::fprintf(stderr, "tincan sdp: %s is an %s, and only offers are answered: --type offer reads it as one\n",
                 read.name.c_str(), read.type.c_str());
    return kUnusable;
  }
  if (read.answer.empty()) {
    std::fputs(toComplaints(read, style).c_str(), stderr);
    return kUnusable;
  }
  print(options.json ? answerToJson(read) : read.answer);
  return 0;
}

}  // namespace

int runSdp(const SdpOptions& options) {
  if (options.diff ? options.files.size() != 2 : options.files.size() != 1) {
    std::fprintf(stderr, "tincan sdp: %s\n",
                 options.diff ? "--diff takes two FILEs" : "one FILE at a time; two are for --diff");
    return kUsage;
  }
  std::vector<SdpOverview> read;
  for (const std::string& file : options.files) {
    const auto input = readSdp(file);
    if (!input) {
      std::fprintf(stderr, "tincan sdp: %s\n", input.error().message().c_str());
      return kUsage;
    }
    read.push_back(overview(*input, options.type));
  }
  const SdpStyle style = styleOf(stdout);
  if (options.diff) {
    for (const SdpOverview& each : read) {
      if (each.readable) continue;
      std::fputs(toComplaints(each, style).c_str(), stderr);
      return kUnusable;
    }
    const auto changes = compare(read[0], read[1]);
    print(options.json ? toJson(changes) : toText(changes, style));
    return 0;
  }
  if (options.check) return check(options, read.front(), style);
  if (options.answer) return answer(options, read.front(), style);
  print(options.json ? toJson(read.front()) : toText(read.front(), style));
  return read.front().refused() ? kUnusable : 0;
}

}  // namespace tincan::inline v0::apps
