#include "apps/table.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <sys/ioctl.h>

namespace tincan::inline v0::apps {

namespace {

constexpr double kPlainInterval = 2;  // seconds
constexpr const char* kBold = "\x1b[1m";
constexpr const char* kReset = "\x1b[0m";

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char out[256];
  va_list arguments;
  va_start(arguments, format);
  const int size = std::vsnprintf(out, sizeof out, format, arguments);
  va_end(arguments);
  return {out, std::min<size_t>(static_cast<size_t>(std::max(size, 0)), sizeof out - 1)};
}

// A peer may name a channel as it likes: nothing of it may reach the terminal as an escape.
std::string printable(std::string_view name, size_t limit) {
  std::string out;
  for (const char c : name.substr(0, limit)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

// Cuts at `width` columns; every character here is one column wide.
std::string cut(const std::string& line, size_t width) {
  size_t columns = 0, i = 0;
  while (i < line.size()) {
    size_t next = i + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xc0) == 0x80) ++next;
    if (++columns > width) break;
    i = next;
  }
  return line.substr(0, i);
}

size_t terminalWidth(std::FILE* out) {
  winsize size{};
  if (::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// A column a value, an eighth of a line high at least where there is anything: the last `width` of them.
template <class Value>
std::string bars(const std::vector<CallStats::Line>& line, size_t width, double most, Value value) {
  static constexpr const char* kBars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string out;
  for (size_t i = line.size() - std::min(line.size(), width); i < line.size(); ++i) {
    const double share = most > 0 ? value(line[i]) / most : 0;
    const auto height = static_cast<size_t>(std::ceil(std::clamp(share, 0.0, 1.0) * 8));
    out += kBars[height];
  }
  return out;
}

// One row for each of the four: its name, what it is now, and how it came there.
void addLine(std::vector<std::string>& out, const CallStats& stats) {
  constexpr size_t kColumns = 40;
  using Line = CallStats::Line;
  const std::vector<Line>& line = stats.line;
  if (line.empty()) return;
  const auto largest = [&](auto value) {
    double most = 0;
    for (const Line& each : line) most = std::max(most, value(each));
    return most;
  };
  const auto estimate = [](const Line& each) { return each.estimate; };
  const auto target = [](const Line& each) { return each.target; };
  const auto loss = [](const Line& each) { return each.lossPercent; };
  const auto queue = [](const Line& each) { return each.queueMs; };
  const double rate = std::max(largest(estimate), largest(target));
  const auto row = [&](const char* name, const std::string& now, const std::string& graph) {
    out.push_back(text("%-9s %13s  ", name, now.c_str()) + graph);
  };
  out.push_back("");
  row("estimate", bitrateText(line.back().estimate), bars(line, kColumns, rate, estimate));
  row("target", bitrateText(line.back().target),
      bars(line, kColumns, rate, target) + (stats.limitation.empty() ? "" : "  limited by " + stats.limitation));
  row("loss", text("%.1f%%", line.back().lossPercent), bars(line, kColumns, std::max(10.0, largest(loss)), loss));
  row("queue", text("%.0f ms", line.back().queueMs), bars(line, kColumns, std::max(50.0, largest(queue)), queue));
}

std::string orDash(const std::string& value) {
  return value.empty() ? "–" : value;
}

}  // namespace

std::string bitrateText(double bitsPerSecond) {
  if (bitsPerSecond >= 1e6) return text("%.1f Mbit/s", bitsPerSecond / 1e6);
  return text("%.0f kbit/s", bitsPerSecond / 1e3);
}

Table::Table(std::FILE* out, bool live, std::string note) : out_(out), live_(live), note_(std::move(note)) {}

std::vector<std::string> Table::lines(const CallStats& stats, size_t width) {
  std::vector<std::string> out;
  out.push_back(text("call  %6.1f s   %s", stats.seconds, stats.connectionState.c_str()));
  out.push_back("ICE   " + stats.iceState + (stats.pair.empty() ? "" : "   " + stats.pair) +
                (stats.roundTripMs > 0 ? text("   rtt %.1f ms", stats.roundTripMs) : ""));
  out.push_back("DTLS  " + orDash(stats.dtlsVersion) + (stats.cipher.empty() ? "" : "   " + stats.cipher));
  out.push_back("SRTP  " + orDash(stats.srtpProfile));
  out.push_back("");
  out.push_back(text("%-4s %-6s %-7s %9s %13s %7s %8s %9s", "", "track", "codec", "packets", "bitrate", "loss",
                     "frames", "jitter"));
  for (const CallStats::Track& track : stats.tracks) {
    const std::string frames = track.kind == "video" ? std::to_string(track.frames) : "";
    out.push_back(text("%-4s %-6s %-7s %9llu %13s %6.1f%% %8s %6.1f ms", track.direction.c_str(), track.kind.c_str(),
                       track.codec.c_str(), static_cast<unsigned long long>(track.packets),
                       bitrateText(track.bitrate).c_str(), track.lossPercent, frames.c_str(), track.jitterMs));
  }
  addLine(out, stats);
  if (!stats.channels.empty()) out.push_back("");
  for (const CallStats::Channel& channel : stats.channels) {
    out.push_back(text("data channel \"%s\" %s: %llu messages sent, %llu received",
                       printable(channel.label, 40).c_str(), channel.state.c_str(),
                       static_cast<unsigned long long>(channel.sent),
                       static_cast<unsigned long long>(channel.received)));
  }
  for (std::string& line : out) line = cut(line, width);
  return out;
}

std::string Table::plainLine(const CallStats& stats) {
  std::string out = text("%.0f s: %s, ICE %s", stats.seconds, stats.connectionState.c_str(), stats.iceState.c_str());
  if (!stats.dtlsVersion.empty()) out += ", " + stats.dtlsVersion;
  if (!stats.srtpProfile.empty()) out += ", " + stats.srtpProfile;
  for (const CallStats::Track& track : stats.tracks) {
    out += text("; %s %s %llu packets %s", track.kind.c_str(), track.direction.c_str(),
                static_cast<unsigned long long>(track.packets), bitrateText(track.bitrate).c_str());
    if (track.kind == "video") out += text(" %llu frames", static_cast<unsigned long long>(track.frames));
    if (track.lossPercent > 0) out += text(" %.1f%% lost", track.lossPercent);
  }
  if (!stats.line.empty()) {
    const CallStats::Line& now = stats.line.back();
    out += text("; line %s, queue %.0f ms", bitrateText(now.estimate).c_str(), now.queueMs);
    if (!stats.limitation.empty()) out += ", limited by " + stats.limitation;
  }
  uint64_t sent = 0, received = 0;
  for (const CallStats::Channel& channel : stats.channels) sent += channel.sent, received += channel.received;
  if (!stats.channels.empty()) {
    out += text("; data %llu sent %llu received", static_cast<unsigned long long>(sent),
                static_cast<unsigned long long>(received));
  }
  return out;
}

void Table::show(const CallStats& stats) {
  if (!live_) {
    if (stats.seconds >= lastPlain_ && stats.seconds - lastPlain_ < kPlainInterval) return;
    lastPlain_ = stats.seconds;
    std::fprintf(out_, "%s\n", plainLine(stats).c_str());
    std::fflush(out_);
    return;
  }
  std::vector<std::string> all = lines(stats, terminalWidth(out_) - 1);
  if (!note_.empty()) all.push_back(note_);
  // Up to where the last one began, then each line with what the longer old one left cleared, then all below.
  std::string screen = shown_ > 0 ? text("\x1b[%zuA", shown_) : "";
  for (size_t i = 0; i < all.size(); ++i) {
    screen += "\r" + (i == 0 ? kBold + all[i] + kReset : all[i]) + "\x1b[K\n";
  }
  screen += "\x1b[J";
  shown_ = all.size();
  std::fwrite(screen.data(), 1, screen.size(), out_);
  std::fflush(out_);
}

void Table::finish() {
  shown_ = 0;
  lastPlain_ = -1e9;
}

}  // namespace tincan::inline v0::apps
