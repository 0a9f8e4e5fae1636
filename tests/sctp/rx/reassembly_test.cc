#include "sctp/rx/reassembly.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kMax = 262'144;

struct Fragment {
  int64_t tsn;
  DataChunk chunk;
  Bytes bytes;
};

/// Cuts messages into chunks as a sender does.
struct Cutter {
  explicit Cutter(bool isInterleaved) : interleaved(isInterleaved) {}
  void cut(uint16_t stream, bool unordered, uint32_t ppid, ByteView message, size_t size) {
    const uint32_t mid = unordered ? (interleaved ? unorderedMid[stream]++ : 0) : orderedMid[stream]++;
    uint32_t fsn = 0;
    for (size_t at = 0; at < message.size(); at += size, ++fsn) {
      Fragment f{nextTsn++, {}, toBytes(message.subspan(at, std::min(size, message.size() - at)))};
      f.chunk.interleaved = interleaved;
      f.chunk.begin = at == 0;
      f.chunk.end = at + size >= message.size();
      f.chunk.unordered = unordered;
      f.chunk.stream = StreamId(stream);
      f.chunk.mid = interleaved ? mid : static_cast<uint16_t>(mid);
      f.chunk.fsn = interleaved ? fsn : 0;
      f.chunk.ppid = interleaved && !f.chunk.begin ? 0 : ppid;
      fragments.push_back(std::move(f));
    }
  }
  bool interleaved;
  int64_t nextTsn = 1;
  std::map<uint16_t, uint32_t> orderedMid, unorderedMid;
  std::vector<Fragment> fragments;
};

void give(Reassembly& reassembly, const Fragment& fragment) {
  DataChunk chunk = fragment.chunk;
  chunk.data = fragment.bytes;
  reassembly.add(fragment.tsn, chunk);
}

Bytes message(RandomSource& random, size_t size) {
  Bytes out(size);
  random.fill(out);
  return out;
}

class Both : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(DataAndIData, Both, testing::Bool());

TEST_P(Both, InWhateverOrderPiecesComeMessagesAreWholeAndInTheirOwn) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Cutter cutter(GetParam());
    std::map<uint16_t, std::vector<Bytes>> ordered;
    std::vector<Bytes> unordered;
    for (int i = 0; i < 60; ++i) {
      const auto stream = static_cast<uint16_t>(random.below(3));
      const bool isUnordered = random.below(3) == 0;
      const Bytes m = message(random, 1 + random.below(5000));
      cutter.cut(stream, isUnordered, 53, m, 1 + random.below(1200));
      isUnordered ? unordered.push_back(m) : ordered[stream].push_back(m);
    }
    auto& f = cutter.fragments;
    const size_t reach = 1 + random.below(f.size());
    for (size_t i = 0; i < f.size(); ++i) std::swap(f[i], f[std::min(f.size() - 1, i + random.below(reach))]);
    Reassembly reassembly(GetParam(), kMax);
    std::map<uint16_t, std::vector<Bytes>> got;
    std::vector<Bytes> gotUnordered;
    std::vector<Arrived> arrived;
    for (const Fragment& fragment : f) {
      give(reassembly, fragment);
      while (auto one = reassembly.poll()) {
        EXPECT_EQ(one->ppid, 53u);
        const uint16_t stream = one->stream.value();
        const bool isUnordered =
            std::find(unordered.begin(), unordered.end(), one->data) != unordered.end() && one->data.size() > 8;
        isUnordered ? gotUnordered.push_back(one->data) : got[stream].push_back(one->data);
      }
    }
    reassembly.onCumulative(cutter.nextTsn - 1);
    EXPECT_EQ(reassembly.stats().misfits, 0u);
    EXPECT_EQ(reassembly.held(), 0u);
    size_t total = 0;
    for (const auto& [stream, messages] : got) total += messages.size();
    EXPECT_EQ(total + gotUnordered.size(), 60u);
    for (const auto& [stream, messages] : ordered) {
      std::vector<Bytes> large, wanted;
      for (const Bytes& m : got[stream])
        if (m.size() > 8) large.push_back(m);
      for (const Bytes& m : messages)
        if (m.size() > 8) wanted.push_back(m);
      EXPECT_TRUE(large == wanted);
    }
  }
}

TEST_P(Both, AMessageInReverseOrderIsWhole) {
  SeededRandom random(1);
  Cutter cutter(GetParam());
  const Bytes m = message(random, kMax);
  cutter.cut(5, false, 51, m, 10);
  Reassembly reassembly(GetParam(), kMax);
  for (auto at = cutter.fragments.rbegin(); at != cutter.fragments.rend(); ++at) give(reassembly, *at);
  const auto one = reassembly.poll();
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->data == m);
  EXPECT_EQ(reassembly.held(), 0u);
}

TEST_P(Both, OneThatIsTooLargeIsSaidOnceAndTheNextOnesCome) {
  SeededRandom random(1);
  Cutter cutter(GetParam());
  cutter.cut(1, false, 51, Bytes(10'001), 1000);
  cutter.cut(1, false, 51, Bytes(10'000), 1000);
  cutter.cut(1, true, 51, Bytes(20'000), 30'000);
  Reassembly reassembly(GetParam(), 10'000);
  std::vector<std::pair<size_t, bool>> got;
  for (const Fragment& fragment : cutter.fragments) {
    give(reassembly, fragment);
    while (auto one = reassembly.poll()) got.emplace_back(one->data.size(), one->tooLarge);
  }
  EXPECT_THAT(got, testing::ElementsAre(std::pair(size_t{0}, true), std::pair(size_t{10'000}, false),
                                        std::pair(size_t{0}, true)));
  EXPECT_EQ(reassembly.held(), 0u);
}

TEST_P(Both, WhatIsHeldIsCountedWithItsOverhead) {
  Cutter cutter(GetParam());
  for (int i = 0; i < 1000; ++i) cutter.cut(1, false, 51, Bytes(2), 1);
  Reassembly reassembly(GetParam(), kMax);
  for (size_t i = 1; i < cutter.fragments.size(); ++i) give(reassembly, cutter.fragments[i]);
  EXPECT_GE(reassembly.held(), 1000 * Reassembly::kOverhead);
  EXPECT_FALSE(reassembly.poll()) << "the first has the first turn";
  give(reassembly, cutter.fragments[0]);
  size_t count = 0;
  while (reassembly.poll()) ++count;
  EXPECT_EQ(count, 1000u);
  EXPECT_EQ(reassembly.held(), 0u);
}

TEST_P(Both, ASkippedMessageGivesTheTurnOn) {
  Cutter cutter(GetParam());
  for (int i = 0; i < 4; ++i) cutter.cut(7, false, 51, Bytes(20, static_cast<uint8_t>(i)), 10);
  Reassembly reassembly(GetParam(), kMax);
  auto& f = cutter.fragments;  // TSNs 1 to 8: messages 0 to 3, two pieces each
  give(reassembly, f[2]);      // the first half of message 1
  give(reassembly, f[4]);
  give(reassembly, f[5]);  // message 2 whole
  EXPECT_FALSE(reassembly.poll());
  const ForwardTsnChunk::Skipped skipped{StreamId(7), false, 1};
  reassembly.skip(4, {&skipped, 1});
  reassembly.onCumulative(6);
  const auto two = reassembly.poll();
  ASSERT_TRUE(two);
  EXPECT_EQ(two->data[0], 2);
  EXPECT_FALSE(reassembly.poll());
  give(reassembly, f[6]);
  give(reassembly, f[7]);
  EXPECT_TRUE(reassembly.poll());
  EXPECT_EQ(reassembly.held(), 0u);
  EXPECT_EQ(reassembly.stats().skipped, 1u);
  EXPECT_EQ(reassembly.stats().misfits, 0u);
  // Old news does nothing.
  reassembly.skip(4, {&skipped, 1});
  EXPECT_FALSE(reassembly.poll());
}

TEST_P(Both, AnUnorderedMessageIsGivenUpToo) {
  Cutter cutter(GetParam());
  for (int i = 0; i < 2; ++i) cutter.cut(7, true, 51, Bytes(20, static_cast<uint8_t>(i)), 10);
  Reassembly reassembly(GetParam(), kMax);
  give(reassembly, cutter.fragments[0]);
  const ForwardTsnChunk::Skipped skipped{StreamId(7), true, 0};
  reassembly.skip(2, GetParam() ? std::span(&skipped, 1) : std::span<const ForwardTsnChunk::Skipped>());
  EXPECT_EQ(reassembly.held(), 0u);
  give(reassembly, cutter.fragments[2]);
  give(reassembly, cutter.fragments[3]);
  EXPECT_EQ(reassembly.poll()->data[0], 1);
}

TEST_P(Both, NumbersBeginAnewAfterAReset) {
  Reassembly reassembly(GetParam(), kMax);
  Cutter before(GetParam());
  for (int i = 0; i < 3; ++i) before.cut(3, false, 51, Bytes(1), 10);
  for (const Fragment& fragment : before.fragments) give(reassembly, fragment);
  while (reassembly.poll()) {
  }
  const uint16_t stream = 3;
  for (const bool all : {false, true}) {
    reassembly.resetStreams(all ? std::span<const uint16_t>() : std::span(&stream, 1));
    Cutter after(GetParam());
    after.nextTsn = 100;
    after.cut(3, false, 51, Bytes(1), 10);
    give(reassembly, after.fragments[0]);
    EXPECT_TRUE(reassembly.poll());
  }
}

TEST_P(Both, NumbersWrap) {
  Reassembly reassembly(GetParam(), kMax);
  int64_t tsn = 1;
  for (uint32_t i = 0; i < 140'000; ++i) {
    DataChunk chunk;
    chunk.begin = chunk.end = true;
    chunk.interleaved = GetParam();
    chunk.stream = StreamId(1);
    chunk.mid = GetParam() ? i : static_cast<uint16_t>(i);
    const Bytes data(1);
    chunk.data = data;
    reassembly.add(tsn++, chunk);
    ASSERT_TRUE(reassembly.poll()) << i;
  }
}

// RFC 9260 §6.9: pieces of one message have TSNs side by side and say the same; what does not fit is dropped and counted.
TEST(Reassembly, PiecesThatContradictEachOtherAreDropped) {
  const auto piece = [](uint16_t stream, uint16_t ssn, bool begin, bool end, bool unordered, ByteView data) {
    DataChunk chunk;
    chunk.stream = StreamId(stream);
    chunk.mid = ssn;
    chunk.begin = begin;
    chunk.end = end;
    chunk.unordered = unordered;
    chunk.data = data;
    return chunk;
  };
  const Bytes data(10);
  for (int which = 0; which < 5; ++which) {
    for (const bool late : {false, true}) {
      Reassembly reassembly(false, kMax);
      const DataChunk first = piece(1, 0, true, false, false, data);
      DataChunk second = piece(1, 0, false, true, false, data);
      if (which == 0) second.stream = StreamId(2);
      if (which == 1) second.mid = 1;
      if (which == 2) second.unordered = true;
      if (which == 3) second.begin = true;
      if (which == 4) second = piece(1, 0, true, false, false, data);
      late ? reassembly.add(2, second) : reassembly.add(1, first);
      late ? reassembly.add(1, first) : reassembly.add(2, second);
      reassembly.onCumulative(2);
      size_t whole = 0;
      while (reassembly.poll()) ++whole;
      EXPECT_EQ(whole, which == 3 ? 1u : 0u);
      EXPECT_GE(reassembly.stats().misfits, 1u) << which << late;
      EXPECT_LE(reassembly.held(), 10 + Reassembly::kOverhead) << which << late;
    }
  }
}

TEST(Reassembly, APieceWithoutABeginningGoesWhenNothingCanComeBeforeIt) {
  Reassembly reassembly(false, kMax);
  DataChunk chunk;
  const Bytes data(10);
  chunk.data = data;
  for (int64_t tsn = 1; tsn <= 100; ++tsn) {
    reassembly.add(tsn, chunk);
    reassembly.onCumulative(tsn);
  }
  EXPECT_EQ(reassembly.held(), 0u);
  EXPECT_EQ(reassembly.stats().misfits, 100u);
}

TEST(Reassembly, AnIDataPieceThatComesTwiceUnderTwoTsnsIsDropped) {
  Reassembly reassembly(true, kMax);
  const Bytes data(10);
  const auto piece = [&](uint32_t fsn, bool end) {
    DataChunk chunk;
    chunk.interleaved = true;
    chunk.begin = fsn == 0;
    chunk.fsn = fsn;
    chunk.end = end;
    chunk.data = data;
    return chunk;
  };
  reassembly.add(1, piece(0, false));
  reassembly.add(2, piece(0, false));
  reassembly.add(3, piece(2, false));
  reassembly.add(4, piece(2, true));
  reassembly.add(5, piece(9, true));
  EXPECT_EQ(reassembly.stats().misfits, 2u);
  reassembly.add(6, piece(1, false));
  reassembly.add(7, piece(3, true));
  const auto one = reassembly.poll();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->data.size(), 40u);
  EXPECT_EQ(reassembly.held(), 0u) << "and the piece behind the end went too";
  reassembly.add(8, piece(0, true));
  EXPECT_EQ(reassembly.stats().misfits, 3u) << "the number was used";
}

}  // namespace
}  // namespace tincan::inline v0::sctp
