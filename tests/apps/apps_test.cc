#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <string>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "apps/browser.h"
#include "apps/call/options.h"
#include "apps/call/stdio.h"
#include "apps/signalling/message.h"
#include "apps/signalling/origin.h"
#include "apps/signalling/web_files.h"
#include "apps/table.h"

namespace tincan::inline v0::apps {
namespace {

namespace fs = std::filesystem;
constexpr Duration kPatience = Duration::seconds(10);

TEST(SignallingMessage, AByeMaySayWhyInOneLine) {
  EXPECT_EQ(std::get<Bye>(*parseMessage(toJson(Bye{"time is up"}))).reason, "time is up");
  EXPECT_EQ(toJson(Bye{}), R"({"bye":true})");
  EXPECT_EQ(std::get<Bye>(*parseMessage(R"({"bye":true,"reason":7})")).reason, "");
  EXPECT_EQ(std::get<Bye>(*parseMessage(R"({"bye":true,"reason":"a\n\u001b[2Jb"})")).reason, "a  [2Jb");
  EXPECT_EQ(std::get<Bye>(*parseMessage(R"({"bye":true,"reason":")" + std::string(5000, 'x') + "\"}")).reason.size(),
            200u);
}

TEST(SignallingMessage, DescriptionsComeBackAsTheyWere) {
  const stack::RTCSessionDescription offer{stack::RTCSdpType::kOffer, "v=0\r\no=\"\\ \xe2\x82\xac\r\n"};
  const auto again = parseMessage(toJson(offer));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(std::get<stack::RTCSessionDescription>(*again).sdp, offer.sdp);
  EXPECT_EQ(toJson(offer).find('\n'), std::string::npos);
  EXPECT_TRUE(
      std::holds_alternative<stack::RTCSessionDescription>(*parseMessage(R"({"desc":{"type":"answer","sdp":"v=0"}})")));
  EXPECT_TRUE(parseMessage(R"({"description":{"type":"rollback"}})").ok());
}

TEST(SignallingMessage, CandidatesComeBackAsTheyWere) {
  stack::RTCIceCandidate candidate{"candidate:1 1 udp 1 192.0.2.1 5 typ host", "0", uint16_t{3}, "abcd"};
  const auto again = parseMessage(toJson(candidate));
  ASSERT_TRUE(again.ok());
  const auto& parsed = std::get<stack::RTCIceCandidate>(*again);
  EXPECT_EQ(parsed.candidate, candidate.candidate);
  EXPECT_EQ(parsed.sdpMid, candidate.sdpMid);
  EXPECT_EQ(parsed.sdpMLineIndex, candidate.sdpMLineIndex);
  EXPECT_EQ(parsed.usernameFragment, candidate.usernameFragment);
  EXPECT_EQ(toJson(stack::RTCIceCandidate{}), R"({"candidate":null})");
  EXPECT_EQ(std::get<stack::RTCIceCandidate>(*parseMessage(R"({"candidate":null})")).candidate, "");
  EXPECT_EQ(std::get<Received>(*parseMessage(toJson(Received{7, 9}))).videoFrames, 9u);
  EXPECT_EQ(std::get<Received>(*parseMessage(R"({"received":{"audioPackets":-1}})")).audioPackets, 0u);
  EXPECT_TRUE(std::holds_alternative<Bye>(*parseMessage(toJson(Bye{}))));
}

TEST(SignallingMessage, WhatIsNoneIsRefused) {
  for (const std::string_view bad :
       {"", "x", "[]", "{}", "null", "\"description\"", R"({"description":1})", R"({"description":{}})",
        R"({"description":{"type":"offer"}})", R"({"description":{"type":7,"sdp":""}})",
        R"({"description":{"type":"x","sdp":""}})", R"({"received":3})", R"({"candidate":5})",
        R"({"candidate":{"candidate":"a","sdpMLineIndex":70000}})",
        "{\"description\":{\"type\":\"offer\",\"sdp\":\"\xff\"}}"}) {
    const auto result = parseMessage(bad);
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.error().code(), ErrorCode::kSyntaxError);
    EXPECT_EQ(result.error().message().find('\n'), std::string::npos);
  }
  EXPECT_FALSE(parseMessage(std::string(kMaxSignallingMessage + 1, ' ')).ok());
  EXPECT_FALSE(parseMessage(std::string(500'000, '[')).ok()) << "deep nesting is no recursion";
  const std::string good = toJson(stack::RTCSessionDescription{stack::RTCSdpType::kOffer, "v=0"});
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parseMessage(good.substr(0, size)).ok());
}

TEST(SignallingMessage, ARefusedCandidateIsKnownForOne) {
  for (const std::string_view candidate :
       {R"({"candidate":5})", R"({"candidate":{"candidate":"a","sdpMLineIndex":70000}})", R"({"candidate":[1]})"}) {
    EXPECT_FALSE(parseMessage(candidate).ok());
    EXPECT_TRUE(meansCandidate(candidate)) << candidate;
  }
  for (const std::string_view other :
       {"", "x", "[]", "{}", "\"candidate\"", R"(["candidate"])", R"({"description":1,"candidate":5})",
        R"({"desc":1,"candidate":5})", R"({"received":3})"}) {
    EXPECT_FALSE(meansCandidate(other)) << other;
  }
  EXPECT_FALSE(meansCandidate("{\"candidate\":\"" + std::string(kMaxSignallingMessage, 'x') + "\"}"));
}

TEST(Origin, OnlyOurOwnPagesAndLoopbacksOwnNames) {
  for (const auto* host : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"})
    EXPECT_TRUE(isLoopbackHost(host)) << host;
  for (const auto* host :
       {"", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "[::2]:8080"}) {
    EXPECT_FALSE(isLoopbackHost(host)) << host;
  }
  EXPECT_TRUE(isSameOrigin("", "localhost:8080"));
  EXPECT_TRUE(isSameOrigin("http://localhost:8080", "localhost:8080"));
  for (const auto* origin :
       {"http://localhost", "http://localhost:80801", "http://evil.example", "null", "file://", "localhost:8080"}) {
    EXPECT_FALSE(isSameOrigin(origin, "localhost:8080")) << origin;
  }
}

TEST(Host, ItsAddressAndItsNamesAlone) {
  const auto at = [](const char* text) { return SocketAddress::parse(text).value(); };
  const std::vector<std::string> names = {"tincan.example", "Proxy.example:8443"};
  const PageAddress page{at("192.0.2.7:8080"), at("192.0.2.7:8080"), names};
  for (const char* host :
       {"192.0.2.7:8080", "tincan.example", "tincan.example:8080", "TINCAN.example:443", "proxy.example:8443"}) {
    EXPECT_TRUE(isOwnHost(host, page)) << host;
  }
  for (const char* host :
       {"", "192.0.2.7", "192.0.2.7:80", "192.0.2.7:8081", "192.0.2.7:080800", "192.0.2.8:8080", "[192.0.2.7]:8080",
        "localhost:8080", "127.0.0.1:8080", "evil.example:8080", "192.0.2.7.evil.example:8080", "evil.tincan.example",
        "tincan.example.evil", "proxy.example", "proxy.example:8080", ":8080", "[::1]:8080"}) {
    EXPECT_FALSE(isOwnHost(host, page)) << host;
  }
  // Everywhere: by the address that the connection reached, and by loopback's names over loopback.
  const PageAddress anywhere{at("0.0.0.0:80"), at("127.0.0.1:80"), {}};
  for (const char* host : {"localhost", "127.0.0.1", "127.0.0.1:80", "0.0.0.0", "[::1]"})
    EXPECT_TRUE(isOwnHost(host, anywhere)) << host;
  EXPECT_FALSE(isOwnHost("192.0.2.7", anywhere));
  const PageAddress six{at("[::]:8080"), at("[2001:db8::1]:8080"), {}};
  EXPECT_TRUE(isOwnHost("[2001:DB8:0::1]:8080", six));
  for (const char* host : {"2001:db8::1:8080", "[2001:db8::2]:8080", "[2001:db8::1]", "[2001:db8::1", "localhost:8080"})
    EXPECT_FALSE(isOwnHost(host, six)) << host;
}

TEST(CallOptions, NamesOfThePage) {
  CallOptions options;
  options.recording = options.picture = "";
  options.hosts = {"tincan.example", "host-1:8443", "203.0.113.5:9000", "[2001:db8::1]:9000"};
  EXPECT_TRUE(complete(options).ok());
  for (const char* host : {"", ":80", "a:", "a:123456", "a:b", "http://a", "a b", "[::1", "a/"}) {
    options.hosts = {host};
    const auto refused = complete(options);
    ASSERT_FALSE(refused.ok()) << host;
    EXPECT_NE(refused.error().message().find("--host"), std::string::npos);
  }
}

TEST(WebFiles, ThePageIsInTheProgram) {
  bool index = false;
  for (const WebFile& file : webFiles()) {
    EXPECT_FALSE(file.body.empty()) << file.path;
    if (file.path == "/index.html") {
      index = true;
      EXPECT_EQ(asText(file.body).substr(0, 15), "<!doctype html>");
      EXPECT_EQ(file.type, "text/html; charset=utf-8");
    }
    // Nothing from outside: the page works without a network.
    EXPECT_EQ(asText(file.body).find("src=\"http"), std::string_view::npos) << file.path;
    EXPECT_EQ(asText(file.body).find("@import"), std::string_view::npos) << file.path;
  }
  EXPECT_TRUE(index);
}

CallStats someStats() {
  CallStats stats;
  stats.seconds = 12.34;
  stats.connectionState = "connected";
  stats.iceState = "completed";
  stats.pair = "192.0.2.1:5000 host \xe2\x86\x94 192.0.2.2:6000 prflx";
  stats.dtlsVersion = "DTLS 1.2";
  stats.srtpProfile = "AEAD_AES_128_GCM";
  stats.tracks.push_back({"video", "in", "VP8", 1000, 1'000'000, 1'234'567, 2.5, 300, 4.2});
  stats.tracks.push_back({"audio", "out", "opus", 500, 50'000, 48'000, 0, 0, 0.1});
  stats.channels.push_back({"chat\x1b[2J", "open", 3, 4});
  return stats;
}

TEST(Table, SaysAllOfItInItsWidth) {
  const auto lines = Table::lines(someStats(), 100);
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  for (const auto* part : {"12.3 s", "connected", "192.0.2.1:5000", "DTLS 1.2", "AEAD_AES_128_GCM", "1.2 Mbit/s",
                           "48 kbit/s", "2.5%", "300", "4.2 ms", "3 messages sent, 4 received"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part << "\n" << all;
  }
  EXPECT_EQ(all.find('\x1b'), std::string::npos) << "a peer's label is no escape";
  for (const auto& line : Table::lines(someStats(), 20)) EXPECT_LE(line.size(), 24u);
  EXPECT_TRUE(Table::plainLine(someStats()).starts_with("12 s: connected, ICE completed, DTLS 1.2, AEAD_AES_128_GCM"));
  EXPECT_FALSE(Table::lines({}, 80).empty());
}

TEST(Table, RewritesItselfOnATerminalOnly) {
  for (const bool live : {true, false}) {
    std::FILE* file = std::tmpfile();
    Table table(file, live, "note");
    CallStats stats = someStats();
    table.show(stats);
    stats.seconds += 0.5;
    table.show(stats);
    const long size = std::ftell(file);
    std::string out(static_cast<size_t>(size), ' ');
    std::rewind(file);
    ASSERT_EQ(std::fread(out.data(), 1, out.size(), file), out.size());
    std::fclose(file);
    EXPECT_EQ(out.find("\x1b[") != std::string::npos, live);
    const auto lines = std::count(out.begin(), out.end(), '\n');
    EXPECT_TRUE(live || lines == 1) << "half a second later is too soon for a second line";
  }
}

TEST(CallOptions, WhatIsSent) {
  const auto parse = [](std::vector<std::string> words) {
    CLI::App app;
    CallOptions options;
    addCallCommand(app, options);
    std::reverse(words.begin(), words.end());
    app.parse(words);
    return options;
  };
  auto all = parse({"call"});
  EXPECT_TRUE(all.sendsAudio() && all.sendsVideo() && all.opensChannel());
  EXPECT_EQ(all.port, 8080);
  const auto video = parse({"call", "--video", "--offer"});
  EXPECT_TRUE(video.sendsVideo() && video.offer && !video.sendsAudio() && !video.opensChannel());
  EXPECT_EQ(*video.video, "");
  auto file = parse({"call", "--audio", "a.wav", "--data"});
  EXPECT_EQ(*file.audio, "a.wav");
  EXPECT_TRUE(file.opensChannel() && !file.sendsVideo());
  EXPECT_FALSE(complete(file).ok());
  EXPECT_TRUE(complete(all).ok());
  EXPECT_THROW(parse({"call", "--port", "70000"}), CLI::Error);
  EXPECT_THROW(parse({"call", "--duration", "-1"}), CLI::Error);
}

TEST(LineReader, GivesLinesOfPipesAndFilesAndTheirEnd) {
  net::Loop loop;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  std::vector<std::string> lines;
  bool end = false;
  LineReader reader(loop, pipe[0],
                    {[&](const std::string& line) { lines.push_back(line); }, [&](bool) { end = true; }});
  const std::string text = "one\n\ntwo\nthree without end";
  ASSERT_EQ(::write(pipe[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_TRUE(loop.runUntil([&] { return lines.size() == 2; }, kPatience));
  ::close(pipe[1]);
  ASSERT_TRUE(loop.runUntil([&] { return end; }, kPatience));
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three without end"}));
  ::close(pipe[0]);

  end = false;
  const int null = ::open("/dev/null", O_RDONLY);
  LineReader nothing(loop, null, {[&](const std::string&) { ADD_FAILURE(); }, [&](bool) { end = true; }});
  EXPECT_TRUE(loop.runUntil([&] { return end; }, kPatience));
  ::close(null);
}

TEST(LineReader, ALineWithoutEndIsTheEndAndSaysWhy) {
  net::Loop loop;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  std::optional<bool> overlong;
  LineReader reader(loop, pipe[0], {[](const std::string&) { ADD_FAILURE(); }, [&](bool how) { overlong = how; }});
  const std::string part(4096, 'x');
  for (size_t sent = 0; sent <= kMaxSignallingMessage && !overlong; sent += part.size()) {
    ASSERT_EQ(::write(pipe[1], part.data(), part.size()), static_cast<ssize_t>(part.size()));
  }
  ASSERT_TRUE(loop.runUntil([&] { return overlong.has_value(); }, kPatience));
  EXPECT_TRUE(*overlong);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(LineReader, StopsWhileItWaitsAndCallsNobodyThen) {
  net::Loop loop;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  auto reader = std::make_unique<LineReader>(
      loop, pipe[0], LineReader::Callbacks{[](const std::string&) { ADD_FAILURE(); }, [](bool) { ADD_FAILURE(); }});
  reader.reset();
  EXPECT_FALSE(loop.runUntil([] { return false; }, Duration::millis(5)));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

/// Something to read there, or an event, before patience ends.
bool readable(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(kPatience.millis())) == 1;
}

// A program in Chromium's place: says who and where it is, and stays.
class FakeBrowser {
 public:
  FakeBrowser() {
    std::string name = (fs::temp_directory_path() / "tincan-fake-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    EXPECT_EQ(::mkfifo((folder_ / "said").c_str(), 0600), 0);
    said_ = ::open((folder_ / "said").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    std::ofstream(program())
        << "#!/bin/sh\necho trouble >&2\nfor a; do case $a in --user-data-dir=*) echo ${a#*=} $$ > " << folder_ / "said"
        << "; esac; done\nexec sleep 600\n";
    ::chmod(program().c_str(), 0700);
  }
  ~FakeBrowser() {
    ::close(said_);
    fs::remove_all(folder_);
  }
  FakeBrowser(const FakeBrowser&) = delete;
  FakeBrowser& operator=(const FakeBrowser&) = delete;

  std::string program() const { return folder_ / "browser"; }
  /// Waits until it runs.
  bool read(std::string& profile, pid_t& pid) const {
    std::array<char, 4096> line{};
    if (!readable(said_)) return false;
    const ssize_t size = ::read(said_, line.data(), line.size());
    std::istringstream words(std::string(line.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))));
    return static_cast<bool>(words >> profile >> pid);
  }

 private:
  fs::path folder_;
  int said_ = -1;
};

/// Waits until a folder is deleted.
bool isDeleted(const std::string& folder) {
  const int events = ::inotify_init1(IN_CLOEXEC);
  const bool there = ::inotify_add_watch(events, folder.c_str(), IN_DELETE_SELF) >= 0;
  const bool deleted = !there || readable(events);
  ::close(events);
  return deleted && !fs::exists(folder);
}

bool gone(pid_t pid) {
  return ::kill(pid, 0) != 0;
}

TEST(Browser, IsKilledAndItsProfileDeletedWithUs) {
  FakeBrowser fake;
  auto browser = Browser::launch("http://127.0.0.1/", fake.program());
  ASSERT_TRUE(browser.ok());
  std::string profile;
  pid_t pid = 0;
  ASSERT_TRUE(fake.read(profile, pid));
  EXPECT_TRUE((*browser)->running());
  EXPECT_TRUE(fs::is_directory(profile));
  EXPECT_EQ((*browser)->lastWords(), "trouble");
  browser->reset();
  EXPECT_TRUE(gone(pid));
  EXPECT_FALSE(fs::exists(profile));
}

TEST(Browser, EvenWhenWeAreKilled) {
  FakeBrowser fake;
  const pid_t victim = ::fork();
  if (victim == 0) {
    auto browser = Browser::launch("http://127.0.0.1/", fake.program());
    for (;;) ::pause();
  }
  std::string profile;
  pid_t pid = 0;
  ASSERT_TRUE(fake.read(profile, pid));
  ::kill(victim, SIGKILL);
  ::waitpid(victim, nullptr, 0);
  EXPECT_TRUE(isDeleted(profile));
}

TEST(Browser, OneThatIsNotThereIsOneLine) {
  const auto missing = Browser::launch("http://127.0.0.1/", "/nowhere/chromium");
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message().find("there is no program /nowhere/chromium"), std::string::npos);
  EXPECT_EQ(missing.error().message().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace tincan::inline v0::apps
