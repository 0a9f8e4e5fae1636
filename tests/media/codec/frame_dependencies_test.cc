#include "media/codec/frame_dependencies.h"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "media/codec/layer_plan.h"

namespace tincan::inline v0::media {
namespace {

using Indication = rtp::DecodeTargetIndication;

std::string text(const rtp::FrameDependencies& frame) {
  std::string out = "S" + std::to_string(frame.spatial) + "T" + std::to_string(frame.temporal) + " ";
  for (const auto indication : frame.indications) {
    switch (indication) {
      case Indication::kNotPresent: out += '-'; break;
      case Indication::kDiscardable: out += 'D'; break;
      case Indication::kSwitch: out += 'S'; break;
      case Indication::kRequired: out += 'R'; break;
    }
  }
  out += " [";
  for (const auto difference : frame.frameDifferences) out += ' ' + std::to_string(difference);
  out += " ] (";
  for (const auto difference : frame.chainDifferences) out += ' ' + std::to_string(difference);
  return out + " )";
}

std::set<std::string> templatesOf(const char* mode) {
  std::set<std::string> out;
  for (const auto& each : dependencyStructure(*ScalabilityMode::parse(mode)).templates) out.insert(text(each));
  return out;
}

// RTP Payload Format For AV1, appendix A.6.1 and A.6.3; the targets from the lowest up.
TEST(FrameDependencies, AreTheAppendixsOwn) {
  EXPECT_EQ(templatesOf("L1T1"), (std::set<std::string>{"S0T0 S [ ] ( 0 )", "S0T0 S [ 1 ] ( 1 )"}));
  EXPECT_EQ(templatesOf("L1T3"),
            (std::set<std::string>{"S0T0 SSS [ ] ( 0 )", "S0T0 SSS [ 4 ] ( 4 )", "S0T1 -DS [ 2 ] ( 2 )",
                                   "S0T2 --D [ 1 ] ( 1 )", "S0T2 --D [ 1 ] ( 3 )"}));
  EXPECT_EQ(
      templatesOf("L3T3"),
      (std::set<std::string>{
          "S0T0 SSSSSSSSS [ ] ( 0 0 0 )", "S0T0 SSSRRRRRR [ 12 ] ( 12 11 10 )", "S0T1 -DS-RR-RR [ 6 ] ( 6 5 4 )",
          "S0T2 --D--R--R [ 3 ] ( 3 2 1 )", "S0T2 --D--R--R [ 3 ] ( 9 8 7 )", "S1T0 ---SSSSSS [ 1 ] ( 1 1 1 )",
          "S1T0 ---SSSRRR [ 12 1 ] ( 1 1 1 )", "S1T1 ----DS-RR [ 6 1 ] ( 7 6 5 )", "S1T2 -----D--R [ 3 1 ] ( 4 3 2 )",
          "S1T2 -----D--R [ 3 1 ] ( 10 9 8 )", "S2T0 ------SSS [ 1 ] ( 2 1 1 )", "S2T0 ------SSS [ 12 1 ] ( 2 1 1 )",
          "S2T1 -------DS [ 6 1 ] ( 8 7 6 )", "S2T2 --------D [ 3 1 ] ( 5 4 3 )",
          "S2T2 --------D [ 3 1 ] ( 11 10 9 )"}));
}

// With _KEY nobody on an upper layer needs a lower one after the key picture.
TEST(FrameDependencies, OfKeyModesAreApart) {
  const auto templates = templatesOf("L2T1_KEY");
  EXPECT_EQ(templates, (std::set<std::string>{"S0T0 SS [ ] ( 0 0 )", "S0T0 S- [ 2 ] ( 2 1 )", "S1T0 -S [ 1 ] ( 1 1 )",
                                              "S1T0 -S [ 2 ] ( 1 2 )"}));
}

const char* const kModes[] = {"L1T1", "L1T2",     "L1T3",     "L2T1",     "L2T2",     "L2T3",     "L3T1",    "L3T2",
                              "L3T3", "L2T1_KEY", "L2T2_KEY", "L2T3_KEY", "L3T1_KEY", "L3T2_KEY", "L3T3_KEY"};

// An encoder's frames, as the plan has them.
std::vector<EncodedFrame> picture(LayerPlan& plan, bool key) {
  plan.beginPicture(key);
  std::vector<EncodedFrame> out;
  for (int spatial = 0; spatial < plan.mode().spatialLayers; ++spatial) {
    EncodedFrame& frame = out.emplace_back();
    frame.layer = plan.frame(spatial).layer;
    frame.keyFrame = key && spatial == 0;
  }
  return out;
}

TEST(FrameDependencies, EveryFrameTakesThreeBytesAfterTheKeyPicture) {
  for (const char* name : kModes) {
    SCOPED_TRACE(name);
    const ScalabilityMode mode = *ScalabilityMode::parse(name);
    LayerPlan plan(mode);
    FrameDependencies dependencies(mode);
    std::optional<rtp::DependencyStructure> known;
    for (int i = 0; i < 200; ++i) {
      const bool key = i == 0 || i == 41 || i == 103;
      for (const EncodedFrame& frame : picture(plan, key)) {
        const auto& told = dependencies.next(frame, 1280, 720);
        Bytes bytes(rtp::DependencyDescriptor::kMaxSize);
        bytes.resize(told.write(dependencies.structure(), bytes));
        ASSERT_FALSE(bytes.empty()) << i;
        const bool first = key && frame.layer->spatial == 0;
        ASSERT_EQ(told.structure.has_value(), first) << i;
        ASSERT_TRUE(first ? bytes.size() < 120 : bytes.size() == 3) << i << ": " << bytes.size();
        const auto read = rtp::DependencyDescriptor::read(bytes, known ? &*known : nullptr);
        ASSERT_TRUE(read);
        if (read->structure) known = read->structure;
        ASSERT_EQ(read->frame, told.frame);
        ASSERT_TRUE(read->size);
        ASSERT_EQ(read->size->width, 1280u >> (mode.spatialLayers - 1 - frame.layer->spatial));
      }
    }
  }
}

// Who leaves out what a target does not have can decode all that it has; and misses nothing while its chain is whole.
TEST(FrameDependencies, TargetsAreWholeAndChainsSeeLosses) {
  for (const char* name : kModes) {
    SCOPED_TRACE(name);
    const ScalabilityMode mode = *ScalabilityMode::parse(name);
    const int targets = mode.spatialLayers * mode.temporalLayers;
    for (int target = 0; target < targets; ++target) {
      LayerPlan plan(mode);
      FrameDependencies dependencies(mode);
      std::set<int> had;
      std::map<size_t, int> lastOfChain;
      int number = 0;
      for (int i = 0; i < 60; ++i)
        for (const EncodedFrame& frame : picture(plan, i % 23 == 0)) {
          const auto& told = dependencies.next(frame, 640, 360);
          ASSERT_EQ(told.frameNumber, number);
          const size_t chain = dependencies.structure().protectedBy[static_cast<size_t>(target)];
          if (told.frame.indications[static_cast<size_t>(target)] != Indication::kNotPresent) {
            for (const int difference : told.frame.frameDifferences)
              ASSERT_TRUE(had.contains(number - difference)) << "target " << target << ", frame " << number;
            ASSERT_TRUE(told.frame.chainDifferences[chain] == 0 ||
                        had.contains(number - told.frame.chainDifferences[chain]));
            had.insert(number);
          }
          ++number;
        }
    }
  }
}

TEST(FrameDependencies, OfAnEncoderWithoutLayers) {
  FrameDependencies dependencies(*ScalabilityMode::parse("L1T1"));
  EncodedFrame key, delta;
  key.keyFrame = true;
  EXPECT_TRUE(dependencies.next(key, 320, 240).structure);
  const auto& told = dependencies.next(delta, 320, 240);
  EXPECT_EQ(text(told.frame), "S0T0 S [ 1 ] ( 1 )");
  EXPECT_FALSE(told.structure);
}

}  // namespace
}  // namespace tincan::inline v0::media
