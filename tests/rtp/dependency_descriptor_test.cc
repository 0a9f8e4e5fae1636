#include "rtp/dependency_descriptor.h"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

#include "base/bit_writer.h"
#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

using Indication = DecodeTargetIndication;

// "SR-D", as appendix A writes them.
FrameDependencies dependencies(uint8_t spatial, uint8_t temporal, std::string_view indications,
                               FixedList<uint16_t, 8> differences, FixedList<uint8_t, 32> chains) {
  FrameDependencies out;
  out.spatial = spatial;
  out.temporal = temporal;
  for (const char c : indications)
    out.indications.push(c == 'S'   ? Indication::kSwitch
                         : c == 'R' ? Indication::kRequired
                         : c == 'D' ? Indication::kDiscardable
                                    : Indication::kNotPresent);
  out.frameDifferences = differences;
  out.chainDifferences = chains;
  return out;
}

// Appendix A.6.2, L2T1 with occasional switches; targets: VGA, HD.
DependencyStructure twoLayers() {
  DependencyStructure out;
  out.idOffset = 61;  // ids wrap
  out.targets = 2;
  out.chains = 2;
  out.protectedBy = {0, 1};
  out.templates = {dependencies(0, 0, "SS", {}, {0, 0}), dependencies(0, 0, "SR", {2}, {2, 1}),
                   dependencies(0, 0, "SS", {2}, {2, 1}), dependencies(1, 0, "-S", {1}, {1, 1}),
                   dependencies(1, 0, "-R", {2, 1}, {1, 1})};
  out.resolutions = {{640, 360}, {1280, 720}};
  return out;
}

DependencyDescriptor keyFrame() {
  DependencyDescriptor out;
  out.endOfFrame = false;
  out.frameNumber = 0xfffe;
  out.structure = twoLayers();
  out.frame = out.structure->templates[0];
  out.activeTargets = 3;
  out.size = DependencyStructure::Resolution{640, 360};
  return out;
}

Bytes written(const DependencyDescriptor& descriptor, const DependencyStructure& latest) {
  Bytes out(DependencyDescriptor::kMaxSize);
  out.resize(descriptor.write(latest, out));
  return out;
}

TEST(DependencyDescriptor, TakesThreeBytesByATemplate) {
  const DependencyStructure latest = twoLayers();
  DependencyDescriptor descriptor;
  descriptor.startOfFrame = false;
  descriptor.frameNumber = 0x1234;
  descriptor.frame = latest.templates[4];
  descriptor.size = DependencyStructure::Resolution{1280, 720};
  const Bytes bytes = written(descriptor, latest);
  // end of frame, template (61 + 4) % 64 = 1
  EXPECT_EQ(bytes, (Bytes{0x41, 0x12, 0x34}));
  EXPECT_EQ(DependencyDescriptor::read(bytes, &latest), descriptor);
  EXPECT_EQ(DependencyDescriptor::read(bytes, nullptr), std::nullopt) << "nobody knows the template yet";
  const auto head = DependencyHead::read(bytes);
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->startOfFrame);
  EXPECT_TRUE(head->endOfFrame);
  EXPECT_EQ(head->templateId, 1);
  EXPECT_EQ(head->frameNumber, 0x1234);
  EXPECT_FALSE(head->structure);
  EXPECT_TRUE(DependencyHead::read(written(keyFrame(), {}))->structure);
}

TEST(DependencyDescriptor, TellsItsStructure) {
  const DependencyDescriptor descriptor = keyFrame();
  const Bytes bytes = written(descriptor, {});
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(DependencyDescriptor::read(bytes, nullptr), descriptor);
  // Bits by hand: flags 10000, offset 61, targets-1 1, layers same same above-of (2) same none.
  const Bytes start{0xbd, 0xff, 0xfe};
  EXPECT_TRUE(equalBytes(ByteView(bytes).first(3), start));
  EXPECT_EQ(bytes[3], 0b10000'111);
  EXPECT_EQ(bytes[4], 0b101'00001);
  EXPECT_EQ(bytes[5], 0b00'00'10'00);
  EXPECT_EQ(bytes[6] >> 6, 0b11);
}

TEST(DependencyDescriptor, SaysWhatNoTemplateSays) {
  const DependencyStructure latest = twoLayers();
  DependencyDescriptor descriptor;
  descriptor.frame = dependencies(1, 0, "-D", {1, 17, 300, 4096}, {200, 255});
  descriptor.activeTargets = 1;
  descriptor.size = DependencyStructure::Resolution{1280, 720};
  const Bytes bytes = written(descriptor, latest);
  EXPECT_EQ(DependencyDescriptor::read(bytes, &latest), descriptor);
  descriptor.frame.frameDifferences = {4097};  // no twelve bits hold it
  EXPECT_TRUE(written(descriptor, latest).empty());
  descriptor.frame.frameDifferences = {0};
  EXPECT_TRUE(written(descriptor, latest).empty());
  descriptor.frame.frameDifferences = {};
  descriptor.frame.spatial = 2;
  EXPECT_TRUE(written(descriptor, latest).empty()) << "no template of such a layer";
}

TEST(DependencyDescriptor, AStructureMaySayThatSomeTargetsAreNotActive) {
  DependencyDescriptor descriptor = keyFrame();
  descriptor.activeTargets = 2;
  EXPECT_EQ(DependencyDescriptor::read(written(descriptor, {}), nullptr), descriptor);
}

TEST(DependencyDescriptor, RefusesWhatIsCutAtAnyBit) {
  const DependencyStructure latest = twoLayers();
  DependencyDescriptor other;
  other.frame = dependencies(1, 0, "-D", {1, 17, 300}, {200, 255});
  other.activeTargets = 1;
  for (const Bytes& bytes : {written(keyFrame(), {}), written(other, latest)}) {
    ASSERT_GT(bytes.size(), 4u);
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = DependencyDescriptor::read(ByteView(bytes).first(size), &latest);
      // Three bytes are a descriptor by themselves.
      EXPECT_EQ(cut.has_value(), size == 3) << size;
    }
    // Every bit in turn: read, or refused, and what is read can be written again or is too long.
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes flipped = bytes;
      flipped[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
      const auto read = DependencyDescriptor::read(flipped, &latest);
      if (!read) continue;
      const Bytes again = written(*read, latest);
      if (again.empty()) continue;
      EXPECT_EQ(DependencyDescriptor::read(again, &latest), read) << bit;
    }
  }
}

TEST(DependencyDescriptor, BoundsTemplatesLayersAndDifferences) {
  const auto structureOf = [](uint32_t nextLayer, int layers) {
    Bytes bytes(512);
    BitWriter bits(bytes);
    bits.bits(0xc00000, 24);
    bits.bits(0b10000, 5);
    bits.bits(0, 6);  // offset
    bits.bits(0, 5);  // one target
    for (int i = 1; i < layers; ++i) bits.bits(nextLayer, 2);
    bits.bits(3, 2);
    for (int i = 0; i < layers; ++i) bits.bits(1, 2);
    return bytes;  // no differences, no chains, no sizes: zeros
  };
  EXPECT_TRUE(DependencyDescriptor::read(structureOf(0, 64), nullptr));
  EXPECT_FALSE(DependencyDescriptor::read(structureOf(0, 65), nullptr));
  EXPECT_TRUE(DependencyDescriptor::read(structureOf(1, 8), nullptr));
  EXPECT_FALSE(DependencyDescriptor::read(structureOf(1, 9), nullptr));
  EXPECT_TRUE(DependencyDescriptor::read(structureOf(2, 4), nullptr));
  EXPECT_FALSE(DependencyDescriptor::read(structureOf(2, 5), nullptr));

  const DependencyStructure latest = twoLayers();
  for (const int differences : {8, 9}) {
    Bytes bytes(64);
    BitWriter bits(bytes);
    bits.bits(0xfd0000, 24);
    bits.bits(0b00010, 5);
    for (int i = 0; i < differences; ++i) bits.bits(0b01'0000, 6);
    EXPECT_EQ(DependencyDescriptor::read(bytes, &latest).has_value(), differences == 8);
  }
}

TEST(DependencyDescriptor, RandomStructuresComeBack) {
  SeededRandom random(20261129);
  for (int round = 0; round < 500; ++round) {
    DependencyStructure latest;
    latest.idOffset = static_cast<uint8_t>(random.u32() % 64);
    latest.targets = static_cast<uint8_t>(1 + random.u32() % 9);
    latest.chains = static_cast<uint8_t>(random.u32() % (latest.targets + 1u));
    for (int i = 0; latest.chains > 0 && i < latest.targets; ++i)
      latest.protectedBy.push(static_cast<uint8_t>(random.u32() % latest.chains));
    const size_t count = 1 + random.u32() % 8;
    uint8_t spatial = 0, temporal = 0;
    for (size_t i = 0; i < count; ++i) {
      FrameDependencies made;
      made.spatial = spatial;
      made.temporal = temporal;
      for (int j = 0; j < latest.targets; ++j) made.indications.push(static_cast<Indication>(random.u32() % 4));
      for (size_t j = random.u32() % 4; j > 0; --j)
        made.frameDifferences.push(static_cast<uint16_t>(1 + random.u32() % 16));
      for (int j = 0; j < latest.chains; ++j) made.chainDifferences.push(static_cast<uint8_t>(random.u32() % 16));
      latest.templates.push_back(made);
      const uint32_t next = random.u32() % 3;
      if (next == 1 && temporal < 7) ++temporal;
      if (next != 2 || spatial == 3) continue;
      temporal = 0;
      ++spatial;
    }
    DependencyDescriptor descriptor;
    descriptor.structure = latest;
    descriptor.activeTargets = UINT32_MAX >> (32 - latest.targets);
    descriptor.frame = latest.templates[random.u32() % count];
    descriptor.frameNumber = static_cast<uint16_t>(random.u32());
    const Bytes bytes = written(descriptor, {});
    ASSERT_FALSE(bytes.empty()) << round;
    ASSERT_EQ(DependencyDescriptor::read(bytes, nullptr), descriptor) << round;
  }
}

TEST(DependencyDescriptor, DoesNotWriteWhatHasNoPlace) {
  DependencyDescriptor descriptor = keyFrame();
  descriptor.structure->templates[1].frameDifferences = {17};
  EXPECT_TRUE(written(descriptor, {}).empty());
  descriptor = keyFrame();
  descriptor.structure->templates[1].chainDifferences = {16, 1};
  EXPECT_TRUE(written(descriptor, {}).empty());
  descriptor = keyFrame();
  descriptor.structure->templates.pop_back();
  descriptor.structure->templates.back().temporal = 1;  // neither the same, nor one higher, nor the first above
  EXPECT_TRUE(written(descriptor, {}).empty());
  descriptor = keyFrame();
  std::array<uint8_t, 10> little;
  EXPECT_EQ(descriptor.write({}, little), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
