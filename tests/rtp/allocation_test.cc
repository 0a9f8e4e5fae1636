// No packet of media asks the heap for anything, once the streams are known: 100,000 on each path.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/extension_values.h"
#include "rtp/pacer.h"
#include "rtp/rewriter.h"
#include "rtp/srtp_batch.h"
#include "tests/allocation_count.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::Engine;

// Sanitizers are slow: what they look for shows in fewer.
#ifdef TINCAN_MALLOC_HOOKS
constexpr size_t kPackets = 10'000;
#else
constexpr size_t kPackets = 100'000;
#endif

TEST(Allocations, AreCounted) {
  EXPECT_EQ(test::allocationsOf([] {}), 0u);
  // The compiler may leave out what nobody looks at.
  const auto look = [](const void* memory) { asm volatile("" : : "r"(memory) : "memory"); };
  EXPECT_EQ(test::allocationsOf([&] { look(std::make_unique<std::vector<int>>(100).get()); }), 2u);
  EXPECT_EQ(test::allocationsOf([&] {
              void* memory = std::malloc(1000);
              look(memory);
              std::free(memory);
            }),
            1u);
}

/// A sender and a receiver for each profile and engine: packets take turns through them.
class RtpAllocations : public testing::Test {
 protected:
  RtpAllocations() : shared(crypto::MultiBuffer::create()), packets(32), jobs(32) {
    for (crypto::SrtpProfile profile : allProfiles()) {
      for (Engine engine : {Engine::kAuto, Engine::kLibcrypto}) {
        const crypto::SrtpKeys keys = loopKeys(profile, random);
        const SrtpConfig config{engine, shared.get(), 64, 64};
        senders.push_back(std::make_unique<SrtpSession>(keys, config));
        receivers.push_back(std::make_unique<SrtpSession>(keys, config));
      }
    }
    ids.add(ExtensionKind::kAbsSendTime, 2);
    ids.add(ExtensionKind::kTransportSequence, 3);
    ids.add(ExtensionKind::kMid, 4);
  }

  bool write(PacketBuffer& packet) {
    packet = pool.allocate();
    ++sequence;
    Header header;
    header.payloadType = PayloadType(96);
    header.sequenceNumber = static_cast<uint16_t>(sequence);
    header.ssrc = Ssrc(sequence / 32 % 3);
    ExtensionWriter writer(ids);
    writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{sequence & 0xffffff}.bytes());
    writer.add(ExtensionKind::kTransportSequence, TransportSequence{header.sequenceNumber}.bytes());
    writer.add(ExtensionKind::kMid, asBytes("0"));
    return packet.resize(40 + sequence % 200) && prependHeader(packet, header, {}, writer.block());
  }

  bool parse(const PacketBuffer& packet) const {
    Header header;
    return Header::parse(packet.view(), header) &&
           findExtension(packet.view(), header, ids, ExtensionKind::kTransportSequence);
  }

  bool turn(size_t session) {
    PacketBuffer packet;
    return write(packet) && senders[session]->protect(packet).ok() && receivers[session]->unprotect(packet).ok() &&
           parse(packet);
  }

  bool batchTurn() {
    for (size_t i = 0; i < packets.size(); ++i) {
      if (!write(packets[i])) return false;
      jobs[i] = {senders[i % senders.size()].get(), &packets[i]};
    }
    if (protectBatch(jobs) != jobs.size()) return false;
    for (size_t i = 0; i < packets.size(); ++i) jobs[i] = {receivers[i % senders.size()].get(), &packets[i]};
    if (unprotectBatch(jobs) != jobs.size()) return false;
    for (PacketBuffer& packet : packets) {
      if (!parse(packet)) return false;
      packet.reset();
    }
    return true;
  }

  SeededRandom random{1};
  std::unique_ptr<crypto::MultiBuffer> shared;
  PacketPool pool;
  ExtensionMap ids;
  std::vector<std::unique_ptr<SrtpSession>> senders, receivers;
  std::vector<PacketBuffer> packets;
  std::vector<SrtpJob> jobs;
  uint32_t sequence = 0;
};

TEST_F(RtpAllocations, NoneForSinglePackets) {
  const auto run = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (!turn(i % senders.size())) return false;
    }
    return true;
  };
  ASSERT_TRUE(run(1000));  // warm
  bool ok = false;
  EXPECT_EQ(test::allocationsOf([&] { ok = run(kPackets); }), 0u);
  EXPECT_TRUE(ok);
}

TEST_F(RtpAllocations, NoneForBatches) {
  const auto run = [&](size_t count) {
    for (size_t i = 0; i < count; i += packets.size()) {
      if (!batchTurn()) return false;
    }
    return true;
  };
  ASSERT_TRUE(run(1000));
  bool ok = false;
  EXPECT_EQ(test::allocationsOf([&] { ok = run(kPackets); }), 0u);
  EXPECT_TRUE(ok);
}

// A27: nor do a million packets that are refused, replays and forgeries by turns; they are counted, and the stream
// goes on. The first forgery of a session aside: what turns a refused packet back is made with it.
TEST_F(RtpAllocations, NoneForAFloodOfReplaysAndForgeries) {
  constexpr size_t kFlood = 10 * kPackets;
  for (size_t i = 0; i < senders.size(); ++i) ASSERT_TRUE(turn(i));
  std::vector<Bytes> wires;
  for (size_t i = 0; i < senders.size(); ++i) {
    PacketBuffer packet;
    ASSERT_TRUE(write(packet) && senders[i]->protect(packet).ok());
    wires.push_back(toBytes(packet.view()));
    ASSERT_TRUE(receivers[i]->unprotect(packet).ok());
    PacketBuffer forged = pool.copy(wires[i]);
    storeBe16(forged.data() + 2, 7);
    ASSERT_FALSE(receivers[i]->unprotect(forged).ok());
  }
  size_t refused = 0;
  const size_t heap = test::allocationsOf([&] {
    for (size_t i = 0; i < kFlood; ++i) {
      const size_t at = i / 2 % wires.size();
      PacketBuffer packet = pool.copy(wires[at]);
      if (i % 2 == 1) {  // another number, and often another SSRC: the tag is wrong
        storeBe16(packet.data() + 2, static_cast<uint16_t>(i * 7));
        if (i % 3 == 0) storeBe32(packet.data() + 8, static_cast<uint32_t>(i));
      }
      refused += receivers[at]->unprotect(packet).ok() ? 0 : 1;
    }
  });
  EXPECT_EQ(refused, kFlood);
  EXPECT_EQ(heap, 0u);
  uint64_t counted = 0;
  for (const auto& receiver : receivers) counted += receiver->stats().replayed + receiver->stats().unauthenticated;
  EXPECT_EQ(counted, kFlood + receivers.size());
  for (size_t i = 0; i < senders.size(); ++i) EXPECT_TRUE(turn(i));
}

TEST_F(RtpAllocations, NoneForForwarding) {
  PacketBuffer packet;
  ASSERT_TRUE(write(packet));
  ExtensionMap other;
  other.add(ExtensionKind::kMid, 9);
  const auto forward = [&] {
    const auto rewriter = PacketRewriter::parse(packet.view(), ids);
    for (size_t i = 0; i < packets.size(); ++i) {
      packets[i] = pool.copy(packet.view());
      rewriter->setHeader(packets[i].mutableView(), {PayloadType(97), static_cast<uint16_t>(++sequence), 0, Ssrc(9)});
      rewriter->setIds(packets[i].mutableView(), other);
      jobs[i] = {senders[i % senders.size()].get(), &packets[i]};
    }
    return protectBatch(jobs) == jobs.size();
  };
  ASSERT_TRUE(forward());
  EXPECT_EQ(test::allocationsOf([&] { EXPECT_TRUE(forward()); }), 0u);
}

// Pictures of many streams, beside sound, that wait and leave in their turn.
TEST(PacerAllocations, PacingAllocatesNothing) {
  PacketPool pool;
  Pacer pacer{{}};
  std::vector<Pacer::Lane> videos;
  for (int i = 0; i < 20; ++i) videos.push_back(pacer.open(Pacer::Priority::kVideo));
  const Pacer::Lane sound = pacer.open(Pacer::Priority::kAudio);
  pacer.setPacingRate(200'000'000);
  TimePoint now = TimePoint::fromMicros(1'000'000);
  size_t bursts = 0, pushed = 0, left = 0, waited = 0;
  const auto push = [&](Pacer::Lane lane, size_t size) {
    PacketBuffer packet = pool.allocate();
    if (packet.resize(size) && pacer.push(now, lane, std::move(packet))) ++pushed;
  };
  const auto run = [&](size_t packets) {
    pushed = left = 0;
    while (pushed < packets) {
      // 320 packets in a burst, each 20 ms, which take 15; each tenth is a longer one.
      const size_t each = bursts++ % 10 == 9 ? 30 : 16;
      for (Pacer::Lane lane : videos) {
        for (size_t i = 0; i < each; ++i) push(lane, 1200);
      }
      push(sound, 100);
      for (const TimePoint end = now + Duration::millis(20); now < end; now += Duration::micros(100)) {
        Pacer::Leaving leaving;
        while (pacer.poll(now, leaving)) {
          ++left;
          waited += leaving.queued < now ? 1 : 0;
        }
      }
    }
  };
  run(kPackets);
  EXPECT_EQ(test::allocationsOf([&] { run(kPackets); }), 0u);
  EXPECT_GE(pushed, kPackets);
  EXPECT_GT(left, kPackets * 9 / 10);
  EXPECT_GT(waited, kPackets / 20);
  EXPECT_EQ(pacer.counters().refused, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
