// Wireshark decrypts what we send, by our key log: a handshake of two of ours is written as a capture, and tshark has
// to find the application data in it. Without tshark the test is skipped.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "pcap.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

namespace fs = std::filesystem;

std::string run(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> buffer{};
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), size);
  ::pclose(pipe);
  return out;
}

/// "TShark (Wireshark) 4.0.17 …" on its first line; empty without it.
std::string tsharkVersion() {
  const std::string text = run("tshark --version 2>/dev/null");
  return text.substr(0, text.find('\n'));
}

std::string hexOf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(c));
    out += hex;
  }
  return out;
}

constexpr std::string_view kFromClient = "what the client said in confidence";
constexpr std::string_view kFromServer = "what the server answered";

class Wireshark : public testing::Test {
 protected:
  Wireshark() {
    std::string name = (fs::temp_directory_path() / "tincan-wireshark-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Wireshark() override { fs::remove_all(folder_); }

  void capture(Version version, crypto::KeyType key) {
    Config client = test::config(Role::kClient, key), server = test::config(Role::kServer, key);
    client.keepKeyLog = true;  // one end's is enough
    client.minVersion = client.maxVersion = server.minVersion = server.maxVersion = version;
    test::Pair pair(client, server);
    test::PcapFile file(folder_ / "capture.pcap");
    pair.onDatagram = [&](Role sender, Bytes& datagram) {
      file.add(pair.now, sender == Role::kClient, datagram);
      return true;
    };
    pair.start();
    ASSERT_TRUE(pair.connect());
    ASSERT_EQ(pair.client.version(), version);
    ASSERT_TRUE(pair.client.send(pair.now, asBytes(kFromClient)).ok());
    ASSERT_TRUE(pair.server.send(pair.now, asBytes(kFromServer)).ok());
    pair.run(Duration::seconds(1));
    std::ofstream(folder_ / "keys.txt") << pair.client.keyLog();
    std::ofstream(folder_ / "none.txt") << "";
  }

  std::string data(const std::string& keys) {
    return run("tshark -r " + (folder_ / "capture.pcap").string() + " -o tls.keylog_file:" + (folder_ / keys).string() +
               " -d udp.port==" + std::to_string(test::PcapFile::kPort) + ",dtls -T fields -e data 2>/dev/null");
  }

  fs::path folder_;
};

TEST_F(Wireshark, Dtls12DecryptsByOurKeyLog) {
  const std::string version = tsharkVersion();
  if (version.empty()) GTEST_SKIP() << "tshark is not installed";
  std::printf("%s\n", version.c_str());
  for (const crypto::KeyType key : {crypto::KeyType::kEcdsaP256, crypto::KeyType::kRsa2048}) {
    capture(Version::kDtls12, key);
    const std::string with = data("keys.txt"), without = data("none.txt");
    EXPECT_NE(with.find(hexOf(kFromClient)), std::string::npos) << with;
    EXPECT_NE(with.find(hexOf(kFromServer)), std::string::npos) << with;
    EXPECT_EQ(without.find(hexOf(kFromClient)), std::string::npos);
  }
}

// Wireshark learned to decrypt DTLS 1.3 after 4.0.
TEST_F(Wireshark, Dtls13DecryptsByOurKeyLogWhereTsharkCan) {
  const std::string version = tsharkVersion();
  if (version.empty()) GTEST_SKIP() << "tshark is not installed";
  capture(Version::kDtls13, crypto::KeyType::kEcdsaP256);
  const std::string with = data("keys.txt");
  std::ifstream keys(folder_ / "keys.txt");
  size_t lines = 0;
  for (std::string line; std::getline(keys, line);) ++lines;
  EXPECT_EQ(lines, 5u);  // handshake and traffic secrets both ways, and the exporter's
  if (with.find(hexOf(kFromClient)) == std::string::npos) GTEST_SKIP() << version << " does not decrypt DTLS 1.3";
  EXPECT_NE(with.find(hexOf(kFromServer)), std::string::npos) << with;
}

}  // namespace
}  // namespace tincan::inline v0::dtls
