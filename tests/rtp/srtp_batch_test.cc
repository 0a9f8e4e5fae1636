// Batches beside single calls: the same packets, the same outcomes, the same bytes and the same counters.
#include "rtp/srtp_batch.h"

#include <memory>

#include <gtest/gtest.h>

#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::Engine;
using crypto::SrtpProfile;

crypto::MultiBuffer* shared() {
  static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
  return kOne.get();
}

bool sameStats(const SrtpStats& a, const SrtpStats& b) {
  return a.rtpProtected == b.rtpProtected && a.rtpUnprotected == b.rtpUnprotected && a.malformed == b.malformed &&
         a.unauthenticated == b.unauthenticated && a.replayed == b.replayed && a.refused == b.refused;
}

SrtpOutcome single(Result<void> result) {
  return result.ok() ? SrtpOutcome() : SrtpOutcome(result.error().code());
}

/// Three sessions of any profiles, each twice: one takes batches, its twin single calls.
class SrtpBatches : public testing::TestWithParam<Engine> {
 protected:
  SrtpBatches() {
    for (SrtpProfile profile : allProfiles()) {
      for (int i = 0; i < 2; ++i) {
        const crypto::SrtpKeys keys = loopKeys(profile, random);
        SrtpConfig config{GetParam(), shared(), 3, 3};
        batched.push_back(std::make_unique<SrtpSession>(keys, config));
        singled.push_back(std::make_unique<SrtpSession>(keys, config));
        senders.push_back(std::make_unique<SrtpSession>(keys, config));
        next.push_back(static_cast<uint16_t>(random.u32()));
      }
    }
  }

  struct Made {
    size_t session;
    Bytes bytes;
  };
  using Call = size_t (*)(std::span<SrtpJob>);

  void compare(const std::vector<Made>& made, bool protect) {
    std::vector<PacketBuffer> packets;
    std::vector<SrtpJob> jobs;
    for (const Made& one : made) packets.push_back(pool.copy(one.bytes));
    for (size_t i = 0; i < made.size(); ++i) {
      jobs.push_back({batched[made[i].session].get(), &packets[i], ErrorCode::kIo});
    }
    const size_t passed = protect ? protectBatch(jobs) : unprotectBatch(jobs);
    size_t expectedPassed = 0;
    for (size_t i = 0; i < made.size(); ++i) {
      PacketBuffer packet = pool.copy(made[i].bytes);
      SrtpSession& twin = *singled[made[i].session];
      const SrtpOutcome expected = single(protect ? twin.protect(packet) : twin.unprotect(packet));
      ASSERT_EQ(jobs[i].outcome, expected) << i;
      ASSERT_TRUE(equalBytes(packets[i].view(), packet.view())) << i;
      expectedPassed += expected ? 0 : 1;
    }
    EXPECT_EQ(passed, expectedPassed);
    for (size_t i = 0; i < batched.size(); ++i) {
      ASSERT_TRUE(sameStats(batched[i]->stats(), singled[i]->stats())) << i;
    }
  }

  Bytes plain(size_t session) {
    uint16_t& sequence = next[session];
    const uint64_t dice = random.below(40);
    if (dice == 0) sequence = static_cast<uint16_t>(sequence + random.below(40'000));
    if (dice == 1) sequence = static_cast<uint16_t>(sequence - random.below(1200));
    if (dice != 2) ++sequence;  // else the same once more
    Bytes payload(random.below(5) == 0 ? random.below(1300) : random.below(70));
    random.fill(payload);
    Bytes out = rtpPacket(static_cast<uint32_t>(random.below(5) == 0 ? random.below(9) : 1), sequence, payload);
    if (random.below(50) == 0) out[0] = static_cast<uint8_t>(random.u32());
    if (random.below(50) == 0) out.resize(random.below(12));
    return out;
  }

  SeededRandom random{21};
  PacketPool pool;
  std::vector<std::unique_ptr<SrtpSession>> batched, singled, senders;
  std::vector<uint16_t> next;
};
INSTANTIATE_TEST_SUITE_P(Engines, SrtpBatches, testing::Values(Engine::kAuto, Engine::kLibcrypto),
                         [](const auto& one) { return one.param == Engine::kAuto ? "Auto" : "Libcrypto"; });

TEST_P(SrtpBatches, ProtectLikeSingleCalls) {
  for (int round = 0; round < 300; ++round) {
    std::vector<Made> made;
    const size_t size = random.below(4) == 0 ? random.below(100) : random.below(12);
    for (size_t i = 0; i < size; ++i) {
      const size_t session = random.below(batched.size());
      made.push_back({session, plain(session)});
    }
    ASSERT_NO_FATAL_FAILURE(compare(made, true)) << round;
  }
  EXPECT_GT(batched[0]->stats().replayed, 0u);
  EXPECT_GT(batched[0]->stats().malformed, 0u);
}

// Loss, reordering, wraps, duplicates and forgeries, within a batch and over its borders.
TEST_P(SrtpBatches, UnprotectLikeSingleCalls) {
  std::vector<Made> network;
  for (int round = 0; round < 300; ++round) {
    const size_t fresh = random.below(60);
    for (size_t i = 0; i < fresh; ++i) {
      const size_t session = random.below(batched.size());
      PacketBuffer packet = pool.copy(plain(session));
      if (senders[session]->protect(packet).ok()) network.push_back({session, toBytes(packet.view())});
    }
    std::vector<Made> made;
    const size_t size = random.below(80);
    for (size_t i = 0; i < size && !network.empty(); ++i) {
      const uint64_t dice = random.below(20);
      const size_t at = dice < 5 ? random.below(network.size()) : 0;
      made.push_back(network[at]);
      if (dice == 6) made.back().bytes[random.below(made.back().bytes.size())] ^= 1;
      if (dice == 7) made.back().bytes.resize(random.below(made.back().bytes.size()));
      if (dice == 8) made.back().session = random.below(batched.size());
      if (dice != 9) network.erase(network.begin() + static_cast<ptrdiff_t>(at));
    }
    ASSERT_NO_FATAL_FAILURE(compare(made, false)) << round;
  }
  EXPECT_GT(batched[0]->stats().replayed, 0u);
  EXPECT_GT(batched[0]->stats().unauthenticated, 0u);
  EXPECT_GT(batched[0]->stats().rtpUnprotected, 200u);
}

// A first packet just before the wrap and the one behind it, in one batch: the second's rollover counter hangs on the
// first's success.
TEST_P(SrtpBatches, TheRolloverCounterMovesWithinABatch) {
  for (size_t session = 0; session < batched.size(); ++session) {
    std::vector<Made> made;
    for (uint16_t sequence : {0xfffe, 0xffff, 0, 1, 2, 0xffff, 3}) {
      PacketBuffer packet = pool.copy(rtpPacket(77, sequence, Bytes(40, 1)));
      static_cast<void>(senders[session]->protect(packet));
      made.push_back({session, toBytes(packet.view())});
    }
    ASSERT_NO_FATAL_FAILURE(compare(made, false)) << session;
    EXPECT_EQ(batched[session]->stats().rtpUnprotected, 6u);
  }
}

TEST_P(SrtpBatches, OneSessionWithAndWithoutOutcomes) {
  for (size_t session = 0; session < batched.size(); ++session) {
    std::vector<PacketBuffer> packets;
    for (uint16_t i = 0; i < 70; ++i) packets.push_back(pool.copy(rtpPacket(5, i == 40 ? 39 : i, Bytes(i, 1))));
    std::vector<SrtpOutcome> outcomes(70, ErrorCode::kIo);
    EXPECT_EQ(batched[session]->protect(packets, outcomes), 69u);
    for (size_t i = 0; i < 70; ++i) {
      EXPECT_EQ(outcomes[i], i == 40 ? SrtpOutcome(ErrorCode::kReplayed) : SrtpOutcome());
    }
    EXPECT_EQ(batched[session]->unprotect(packets), 69u);
    for (uint16_t i = 0; i < 70; ++i) EXPECT_EQ(packets[i].size(), 12u + i);
    EXPECT_EQ(batched[session]->protect({}), 0u);
  }
}

TEST_P(SrtpBatches, NoTailroomNoKeysNoPacket) {
  crypto::SrtpKeys keys = loopKeys(SrtpProfile::kAes128CmSha1_80, random);
  SrtpSession good(keys, {GetParam(), shared()});
  keys.localKey = crypto::SecretBytes(size_t{3});
  SrtpSession bad(keys, {GetParam(), shared()});
  const size_t most = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;
  std::vector<PacketBuffer> packets(4);
  packets[1] = pool.copy(rtpPacket(1, 1, Bytes(most - 12 - 9, 1)));
  packets[2] = pool.copy(rtpPacket(1, 1, Bytes(most - 12 - 10, 1)));
  packets[3] = pool.copy(rtpPacket(1, 2, Bytes(20, 1)));
  std::vector<SrtpJob> jobs = {{&good, &packets[0]}, {&good, &packets[1]}, {&good, &packets[2]}, {&bad, &packets[3]}};
  EXPECT_EQ(protectBatch(jobs), 1u);
  EXPECT_EQ(jobs[0].outcome, ErrorCode::kMalformed);
  EXPECT_EQ(jobs[1].outcome, ErrorCode::kLimit);
  EXPECT_EQ(jobs[2].outcome, std::nullopt);
  EXPECT_EQ(jobs[3].outcome, ErrorCode::kLimit);
  EXPECT_EQ(packets[3].size(), 32u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
