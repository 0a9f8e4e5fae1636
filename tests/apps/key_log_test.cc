#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/call/key_log_file.h"
#include "apps/call/peer.h"
#include "net/net.h"

namespace tincan::inline v0::apps {
namespace {

namespace fs = std::filesystem;

class KeyLog : public testing::Test {
 protected:
  KeyLog() {
    std::string name = (fs::temp_directory_path() / "tincan-keys-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~KeyLog() override { fs::remove_all(folder_); }

  std::string path() const { return folder_ / "keys.txt"; }
  std::string content() const {
    std::ifstream file(path());
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
  fs::path folder_;
};

TEST_F(KeyLog, AppendsToWhatIsThereAndIsTheUsersAlone) {
  {
    auto file = KeyLogFile::open(path());
    ASSERT_TRUE(file.ok()) << file.error().toString();
    EXPECT_TRUE(file->append("one\n").ok());
    EXPECT_TRUE(file->append("").ok());
  }
  auto again = KeyLogFile::open(path());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->append("two\nthree\n").ok());
  EXPECT_EQ(content(), "one\ntwo\nthree\n");
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(KeyLog, WhatCannotBeWrittenIsOneLine) {
  const std::string nowhere = folder_ / "missing" / "keys.txt";
  auto file = KeyLogFile::open(nowhere);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message(), "SSLKEYLOGFILE: cannot write to " + nowhere + ": No such file or directory");
  CallOptions options;
  options.keyLog = nowhere;
  EXPECT_EQ(complete(options).error().message(), file.error().message());
  auto full = KeyLogFile::open("/dev/full");
  ASSERT_TRUE(full.ok());
  EXPECT_FALSE(full->append("line\n").ok());
}

// A call over loopback between two of ours.
struct Call {
  explicit Call(const CallOptions& options) {
    const auto make = [&](bool offerer, std::unique_ptr<Peer>& other) {
      Peer::Callbacks callbacks;
      callbacks.send = [this, &other](const SignallingMessage& message) {
        loop.post([&other, message] { other->receive(message); });
      };
      callbacks.connected = [this] { ++connected; };
      callbacks.ended = [this] { ++ended; };
      return Peer::create(loop, options, {}, offerer, std::move(callbacks)).value();
    };
    a = make(true, b);
    b = make(false, a);
  }
  bool hold() {
    const Duration patience = Duration::seconds(10);
    if (!loop.runUntil([this] { return connected == 2; }, patience)) return false;
    a->hangUp("enough");
    return loop.runUntil([this] { return ended == 2; }, patience);
  }
  net::Loop loop;
  int connected = 0, ended = 0;
  std::unique_ptr<Peer> a, b;
};

CallOptions dataOnly() {
  CallOptions options;
  options.data = options.loopback = true;
  options.interfaces = {"lo"};
  options.recording = options.picture = "";
  return options;
}

TEST_F(KeyLog, ACallLogsTheSecretsOfBothEnds) {
  CallOptions options = dataOnly();
  options.keyLog = path();
  Call call(options);
  ASSERT_TRUE(call.hold());
  // LABEL, the client's random of 32 bytes, a secret. Both ends have the same.
  std::ifstream file(path());
  std::string line;
  std::map<std::string, int> lines;
  while (std::getline(file, line)) ++lines[line];
  ASSERT_FALSE(lines.empty());
  for (const auto& [text, count] : lines) {
    EXPECT_EQ(count, 2) << text;
    EXPECT_EQ(text.rfind(' ') - text.find(' '), 65u) << text;
  }
}

TEST_F(KeyLog, NothingIsLoggedUnlessAsked) {
  Call call(dataOnly());
  ASSERT_TRUE(call.hold());
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace tincan::inline v0::apps
