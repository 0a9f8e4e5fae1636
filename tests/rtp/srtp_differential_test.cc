// SRTP beside libsrtp, byte for byte: the same packets through both senders, and each sender's packets through the
// other's receiver, with loss, reordering, duplicates and wraps.
#include <array>
#include <cstdlib>
#include <deque>
#include <memory>
#include <srtp2/srtp.h>

#include <gtest/gtest.h>

#include "rtp/srtp_session.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::SrtpProfile;

class Reference {
 public:
  Reference(const crypto::SrtpKeys& keys, srtp_ssrc_type_t direction) {
    static const srtp_err_status_t kStarted = srtp_init();
    EXPECT_EQ(kStarted, srtp_err_status_ok);
    srtp_policy_t policy = {};
    switch (keys.profile) {
      case SrtpProfile::kAes128CmSha1_80:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
      case SrtpProfile::kAes128CmSha1_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
      case SrtpProfile::kAes256CmSha1_80:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
        break;
      case SrtpProfile::kAes256CmSha1_32:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
        break;
      case SrtpProfile::kAeadAes128Gcm:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
      case SrtpProfile::kAeadAes256Gcm:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    }
    Bytes key = toBytes(keys.localKey.view());
    key.insert(key.end(), keys.localSalt.view().begin(), keys.localSalt.view().end());
    policy.ssrc.type = direction;
    policy.key = key.data();
    policy.window_size = 1024;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference() { srtp_dealloc(session_); }

  bool protect(Bytes& packet, bool rtcp) { return run(packet, rtcp ? srtp_protect_rtcp : srtp_protect); }
  bool unprotect(Bytes& packet, bool rtcp) { return run(packet, rtcp ? srtp_unprotect_rtcp : srtp_unprotect); }

 private:
  bool run(Bytes& packet, srtp_err_status_t (*function)(srtp_t, void*, int*)) {
    alignas(8) std::array<uint8_t, 4096> buffer;
    std::copy(packet.begin(), packet.end(), buffer.begin());
    int size = static_cast<int>(packet.size());
    if (function(session_, buffer.data(), &size) != srtp_err_status_ok) return false;
    packet.assign(buffer.begin(), buffer.begin() + size);
    return true;
  }
  srtp_t session_ = nullptr;
};

struct Case {
  SrtpProfile profile;
  crypto::Engine engine;
};

class SrtpDifferential : public testing::TestWithParam<Case> {
 protected:
  SrtpDifferential() : random(77), keys(loopKeys(GetParam().profile, random)) {}

  Bytes randomPacket(uint32_t ssrc, uint16_t sequence, bool rtcp) {
    if (rtcp) {
      Bytes out = rtcpPacket(ssrc, random.below(30));
      random.fill(MutableByteView(out).subspan(8));
      return out;
    }
    Bytes payload(random.below(8) == 0 ? random.below(1300) : random.below(100));
    random.fill(payload);
    Bytes out = rtpPacket(ssrc, sequence, payload);
    const uint64_t shape = random.below(4);
    if (shape < 2) return out;
    // CSRCs and an extension between header and payload.
    const size_t csrcs = shape == 2 ? random.below(16) : 0;
    Bytes between(4 * csrcs);
    random.fill(between);
    const size_t words = random.below(5);
    between.insert(between.end(), {0xbe, 0xde, 0, static_cast<uint8_t>(words)});
    between.resize(between.size() + 4 * words, 0x10);
    out[0] = static_cast<uint8_t>(0x90 | csrcs);
    out.insert(out.begin() + 12, between.begin(), between.end());
    return out;
  }

  SrtpSession session() {
    SrtpConfig config;
    config.engine = GetParam().engine;
    return SrtpSession(keys, config);
  }

  SeededRandom random;
  crypto::SrtpKeys keys;
  PacketPool pool;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (SrtpProfile profile : allProfiles()) {
    for (crypto::Engine engine : {crypto::Engine::kAuto, crypto::Engine::kLibcrypto}) out.push_back({profile, engine});
  }
  return out;
}
INSTANTIATE_TEST_SUITE_P(All, SrtpDifferential, testing::ValuesIn(cases()), [](const auto& one) {
  return std::string(crypto::name(one.param.profile)) +
         (one.param.engine == crypto::Engine::kAuto ? "_Auto" : "_Libcrypto");
});

// 24 runs: 100,000 packets, or 20,000 under a sanitizer. TINCAN_LONG=1 has a hundred times as many: ten million.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kShortRun = 834;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int kShortRun = 834;
#else
constexpr int kShortRun = 4167;
#endif
#else
constexpr int kShortRun = 4167;
#endif
const int kPackets = std::getenv("TINCAN_LONG") ? kShortRun * 100 : kShortRun;

TEST_P(SrtpDifferential, SendersAgreeByteForByte) {
  SrtpSession ours = session();
  Reference theirs(keys, ssrc_any_outbound);
  std::array<uint64_t, 3> next = {65000, 10, 33000};
  // libsrtp numbers its SRTCP packets from 1, the RFC from 0: one packet of ours ahead makes them even.
  for (uint32_t ssrc = 0; ssrc < 3; ++ssrc) {
    PacketBuffer first = pool.copy(rtcpPacket(ssrc, 1));
    ASSERT_TRUE(ours.protectRtcp(first).ok());
  }
  for (int i = 0; i < kPackets; ++i) {
    const auto ssrc = static_cast<uint32_t>(random.below(3));
    const bool rtcp = random.below(10) == 0;
    uint64_t index = next[ssrc];
    // Jumps ahead, and numbers left out and sent later: senders reorder too.
    if (!rtcp) {
      const uint64_t dice = random.below(20);
      if (dice == 0) index += random.below(3000);
      if (dice == 1) index -= std::min(index, random.below(1500));
    }
    next[ssrc] = std::max(next[ssrc], index + 1);
    Bytes expected = randomPacket(ssrc, static_cast<uint16_t>(index), rtcp);
    PacketBuffer packet = pool.copy(expected);
    const bool ourVerdict = (rtcp ? ours.protectRtcp(packet) : ours.protect(packet)).ok();
    const bool theirVerdict = theirs.protect(expected, rtcp);
    ASSERT_EQ(ourVerdict, theirVerdict) << i << " index " << index;
    ASSERT_TRUE(equalBytes(packet.view(), expected)) << i;
  }
  EXPECT_GT(ours.stats().replayed, 0u);  // the sequence did send numbers twice
  EXPECT_GT(next[0], 65536u);            // and wrapped
}

TEST_P(SrtpDifferential, ReceiversAgreeOnLossReorderingWrapsAndForgeries) {
  SrtpSession ours = session();
  Reference sender(keys, ssrc_any_outbound);
  Reference theirs(keys, ssrc_any_inbound);
  std::array<uint16_t, 3> next = {65000, 10, 33000};
  std::deque<std::pair<Bytes, bool>> network;
  for (int i = 0; i < kPackets; ++i) {
    const auto ssrc = static_cast<uint32_t>(random.below(3));
    const bool rtcp = random.below(10) == 0;
    Bytes packet = randomPacket(ssrc, rtcp ? uint16_t{0} : next[ssrc], rtcp);
    if (!rtcp) next[ssrc] = static_cast<uint16_t>(next[ssrc] + 1 + (random.below(200) == 0 ? random.below(9000) : 0));
    ASSERT_TRUE(sender.protect(packet, rtcp));
    network.emplace_back(std::move(packet), rtcp);
    if (network.size() < 40) continue;
    // Mostly the oldest; sometimes any, twice, never, or damaged.
    const uint64_t dice = random.below(20);
    const size_t at = dice < 6 ? random.below(network.size()) : 0;
    auto [bytes, isRtcp] = network[at];
    // Twice, but the network must not fill: libsrtp's window for SRTCP is 128 packets, ours 1,024.
    if (dice != 6 || network.size() > 60) network.erase(network.begin() + static_cast<ptrdiff_t>(at));
    if (dice == 7) continue;
    if (dice == 8) bytes[random.below(bytes.size())] ^= static_cast<uint8_t>(1 + random.below(255));
    PacketBuffer mine = pool.copy(bytes);
    const bool ourVerdict = (isRtcp ? ours.unprotectRtcp(mine) : ours.unprotect(mine)).ok();
    Bytes other = bytes;
    const bool theirVerdict = theirs.unprotect(other, isRtcp);
    ASSERT_EQ(ourVerdict, theirVerdict) << i;
    ASSERT_TRUE(equalBytes(mine.view(), ourVerdict ? other : bytes)) << i;
  }
  EXPECT_GT(ours.stats().replayed, static_cast<uint64_t>(kPackets) / 40);
  EXPECT_GT(ours.stats().rtpUnprotected, static_cast<uint64_t>(kPackets) / 2);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
