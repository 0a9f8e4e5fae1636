#include "stack/remote_transport.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

const std::string kHost = "1 1 udp 2122260223 192.0.2.1 5000 typ host";

TransportDescription description(const std::string& ufrag, char certificate, Setup setup = Setup::kActive) {
  TransportDescription out;
  out.iceUfrag = ufrag;
  out.icePwd = "a-password-of-22-chars-";
  out.setup = setup;
  std::string fingerprint = "sha-256";
  for (int i = 0; i < 32; ++i) fingerprint += std::string(i == 0 ? " " : ":") + certificate + certificate;
  out.fingerprints = {fingerprint};
  return out;
}

// RFC 8842 §5.3.
TEST(RemoteTransport, TheSideThatAnsweredActiveIsTheClient) {
  for (const auto& [setup, role] : {std::pair{Setup::kActive, dtls::Role::kServer},
                                    {Setup::kPassive, dtls::Role::kClient},
                                    {Setup::kActpass, dtls::Role::kClient}}) {
    EXPECT_EQ(RemoteTransport().describe(description("aaaa", 'A', setup), "0").role, role);
  }
}

// Each change between two descriptions: the ufrag, the certificate, the tagged section.
// RFC 8842 §5.1.
TEST(RemoteTransport, SaysWhatHasChanged) {
  for (int changes = 0; changes < 8; ++changes) {
    RemoteTransport remote;
    const auto before = remote.describe(description("aaaa", 'A'), "0");
    EXPECT_FALSE(before.otherPeer || before.otherTag) << "the first is no other";
    const auto next = description(changes & 1 ? "bbbb" : "aaaa", changes & 2 ? 'B' : 'A');
    EXPECT_EQ(remote.restarts(next), (changes & 1) != 0);
    const auto after = remote.describe(next, changes & 4 ? "1" : "0");
    EXPECT_EQ(after.otherPeer, (changes & 2) != 0);
    EXPECT_EQ(after.otherTag, (changes & 4) != 0);
    EXPECT_FALSE(remote.restarts(next)) << "it has been told";
  }
  EXPECT_FALSE(RemoteTransport().restarts(description("aaaa", 'A'))) << "nothing to restart";
}

TEST(RemoteTransport, HoldsCandidatesForTheNextDescription) {
  RemoteTransport remote;
  auto described = description("aaaa", 'A');
  described.candidates = {kHost, "rubbish", "1 2 udp 2122260222 192.0.2.1 5001 typ host"};
  described.endOfCandidates = true;
  const auto first = remote.describe(described, "0");
  EXPECT_EQ(first.candidates.size(), 1u) << "component 1 is what there is (RFC 5761 §5.1.3)";
  EXPECT_TRUE(first.endOfCandidates);
  EXPECT_EQ(remote.notes().size(), 1u);
  for (int i = 0; i < 100; ++i) remote.hold("candidate:" + kHost);
  EXPECT_EQ(remote.describe(description("bbbb", 'A'), "0").candidates.size(), 64u);
  EXPECT_TRUE(remote.describe(description("bbbb", 'A'), "0").candidates.empty()) << "told once";
}

TEST(RemoteTransport, NotesAreBounded) {
  RemoteTransport remote;
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(remote.read("candidate:rubbish"));
  EXPECT_EQ(remote.notes().size(), 64u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
