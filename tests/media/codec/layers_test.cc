// Streams of layers: what each frame says of itself, and that what refers to nothing else can be left out.
#include <array>

#include <gtest/gtest.h>

#include "media/codec/layer_plan.h"
#include "media/codec/video_settings.h"
#include "tests/media/codec/codec_path.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kWidth = 320, kHeight = 192;
constexpr uint32_t kPictures = 24, kForced = 13;

TEST(ScalabilityMode, NamesThatAreSpoken) {
  EXPECT_EQ(ScalabilityMode::parse("L1T1"), (ScalabilityMode{1, 1, false}));
  EXPECT_EQ(ScalabilityMode::parse("L3T3_KEY"), (ScalabilityMode{3, 3, true}));
  EXPECT_EQ(ScalabilityMode::parse("L2T1"), (ScalabilityMode{2, 1, false}));
  EXPECT_EQ(ScalabilityMode::parse("S3T1"), (ScalabilityMode{3, 1, false, true}));
  EXPECT_EQ(ScalabilityMode::parse("L2T2h"), (ScalabilityMode{2, 2, false, false, true}));
  for (const char* name : {"L1T1", "L3T2_KEY", "S2T3", "L3T1h", "S3T3h"})
    EXPECT_EQ(toString(*ScalabilityMode::parse(name)), name);
  EXPECT_EQ(layerSide(960, *ScalabilityMode::parse("L3T1"), 0), 240);
  EXPECT_EQ(layerSide(960, *ScalabilityMode::parse("L3T1h"), 0), 426);
  EXPECT_EQ(layerSide(970, *ScalabilityMode::parse("L3T1h"), 0), 432) << "libvpx rounds up to even";
  EXPECT_EQ(layerSide(960, *ScalabilityMode::parse("L3T1h"), 1), 640);
  EXPECT_EQ(layerSide(961, *ScalabilityMode::parse("L3T1h"), 2), 961);
  for (const char* other :
       {"", "L", "L1T", "L0T1", "L4T1", "L1T4", "S1T1", "L1T2h", "S2T1_KEY", "L2T1h_KEY", "L2T1_KEYh", "S2T1x",
        "L2T2_KEY_SHIFT", "L1T2_KEY", "l1t1", "L1T1 ", "L11T1", "_KEY", "L1X1"})
    EXPECT_FALSE(ScalabilityMode::parse(other)) << other;
}

TEST(ScalabilityMode, SharesAddUp) {
  for (const auto& mode : {ScalabilityMode{1, 1, false}, {1, 3, false}, {2, 2, false}, {3, 3, true}}) {
    double sum = 0;
    for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
      sum += layerShare(mode, spatial, mode.temporalLayers - 1);
      for (int temporal = 1; temporal < mode.temporalLayers; ++temporal)
        EXPECT_GT(layerShare(mode, spatial, temporal), layerShare(mode, spatial, temporal - 1));
      if (spatial > 0) {
        EXPECT_GT(layerShare(mode, spatial, 0), layerShare(mode, spatial - 1, 0));
      }
    }
    EXPECT_NEAR(sum, 1, 1e-9);
  }
}

// What a frame's buffers hold is what the plan says: of that picture and that layer.
TEST(LayerPlan, RefersToWhatItSays) {
  for (int spatialLayers = 1; spatialLayers <= 3; ++spatialLayers)
    for (int temporalLayers = 1; temporalLayers <= 3; ++temporalLayers)
      for (const int how : {0, 1, 2}) {
        const bool keyOnly = how == 1, independent = how == 2;
        LayerPlan plan({spatialLayers, temporalLayers, keyOnly, independent});
        struct Held {
          int picture = -1, spatial = -1, temporal = -1;
        };
        std::array<Held, LayerPlan::kBuffers> buffers;
        for (int picture = 0; picture < 40; ++picture) {
          const bool key = picture == 0 || picture == 22;
          plan.beginPicture(key && picture != 0);
          for (int spatial = 0; spatial < spatialLayers; ++spatial) {
            const LayerPlan::Frame frame = plan.frame(spatial);
            EXPECT_EQ(frame.layer.keyPicture, key);
            EXPECT_EQ(frame.reference.has_value(), !key);
            if (frame.reference) {
              const Held& held = buffers[static_cast<size_t>(*frame.reference)];
              EXPECT_EQ(held.picture, picture - frame.layer.picturesBack);
              EXPECT_EQ(held.spatial, spatial);
              EXPECT_LE(held.temporal, frame.layer.temporal);
              EXPECT_EQ(frame.layer.layerSync, frame.layer.temporal > 0 && held.temporal == 0);
            }
            EXPECT_EQ(frame.below.has_value(), spatial > 0 && !independent && (key || !keyOnly));
            EXPECT_EQ(frame.layer.interLayer, frame.below.has_value());
            if (frame.below) {
              const Held& held = buffers[static_cast<size_t>(*frame.below)];
              EXPECT_EQ(held.picture, picture);
              EXPECT_EQ(held.spatial, spatial - 1);
            }
            EXPECT_EQ(frame.layer.nonReference, !frame.replaces);
            if (frame.replaces)
              buffers[static_cast<size_t>(*frame.replaces)] = {picture, spatial, frame.layer.temporal};
            EXPECT_EQ(frame.layer.endOfPicture, spatial + 1 == spatialLayers);
          }
        }
      }
}

struct Case {
  const char* codec;
  const char* mode;
};

std::vector<Case> cases() {
  std::vector<Case> out = {{"VP8", "L1T2"}, {"VP8", "L1T3"}, {"H264", "L1T2"}, {"H264", "L1T3"}};
  for (const char* codec : {"VP9", "AV1"})
    for (const char* mode : {"L1T2", "L1T3", "L2T1", "L2T2", "L2T3", "L3T1", "L3T3", "L2T1_KEY", "L2T2_KEY", "L3T3_KEY",
                             "L2T1h", "L3T3h", "S2T1", "S2T3", "S3T2", "S2T1h", "S3T3h"})
      out.push_back({codec, mode});
  return out;
}

class Layers : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    format_ = {CodecKind::kVideo, GetParam().codec, 90'000, 1, {}};
    mode_ = *ScalabilityMode::parse(GetParam().mode);
    VideoEncoderSettings settings;
    settings.bitrateBps = 1'000'000;
    settings.scalabilityMode = GetParam().mode;
    auto encoder = builtInCodecs().videoEncoder(format_, settings);
    auto decoder = builtInCodecs().videoDecoder(format_);
    if (!encoder || !decoder) GTEST_SKIP() << "built without " << GetParam().codec;
    decoder_ = *std::move(decoder);
    Card card(kWidth, kHeight);
    for (uint32_t n = 0; n < kPictures; ++n) {
      std::vector<EncodedVideo> out;
      const auto encoded = (*encoder)->encode(card.at(n), n == kForced, out);
      ASSERT_TRUE(encoded.ok()) << encoded.error().toString();
      ASSERT_EQ(out.size(), static_cast<size_t>(mode_.spatialLayers)) << n;
      pictures_.push_back(std::move(out));
    }
  }

  CodecFormat format_;
  ScalabilityMode mode_;
  std::unique_ptr<VideoDecoder> decoder_;
  std::vector<std::vector<EncodedVideo>> pictures_;
};

TEST_P(Layers, EachFrameSaysWhereItStands) {
  for (uint32_t n = 0; n < kPictures; ++n)
    for (int spatial = 0; spatial < mode_.spatialLayers; ++spatial) {
      const EncodedVideo& frame = pictures_[n][static_cast<size_t>(spatial)];
      ASSERT_TRUE(frame.layer);
      EXPECT_EQ(frame.layer->spatial, spatial);
      EXPECT_EQ(frame.layer->spatialLayers, mode_.spatialLayers);
      EXPECT_EQ(frame.layer->temporalLayers, mode_.temporalLayers);
      EXPECT_EQ(frame.layer->keyPicture, n == 0 || n == kForced);
      EXPECT_EQ(frame.keyFrame, frame.layer->keyPicture && spatial == 0) << n;
      EXPECT_EQ(frame.layer->width, layerSide(kWidth, mode_, spatial));
      EXPECT_EQ(frame.layer->height, layerSide(kHeight, mode_, spatial));
      EXPECT_FALSE(mode_.independent && frame.layer->interLayer);
    }
}

TEST_P(Layers, AllOfThemComeBackFromPackets) {
  LayeredPath path(format_);
  Card card(kWidth, kHeight);
  for (uint32_t n = 0; n < kPictures; ++n) {
    const auto decoded = decoder_->decode(path.carry(pictures_[n]));
    ASSERT_TRUE(decoded.ok()) << n << ": " << decoded.error().toString();
    ASSERT_EQ(decoded->width, kWidth) << n;
    EXPECT_EQ(SyntheticCamera::readFrameCounter(*decoded), n);
    EXPECT_GE(psnr(card.at(n), *decoded), 26) << n;
  }
}

TEST_P(Layers, TemporalLayersCanBeLeftOut) {
  for (int most = 0; most < mode_.temporalLayers; ++most) {
    LayeredPath path(format_);
    const auto decoder = *builtInCodecs().videoDecoder(format_);
    size_t shown = 0;
    for (uint32_t n = 0; n < kPictures; ++n) {
      if (pictures_[n][0].layer->temporal > most) continue;
      const auto decoded = decoder->decode(path.carry(pictures_[n]));
      ASSERT_TRUE(decoded.ok()) << n << ": " << decoded.error().toString();
      ASSERT_EQ(SyntheticCamera::readFrameCounter(*decoded), n);
      ++shown;
    }
    EXPECT_GE(shown, kPictures >> (mode_.temporalLayers - 1 - most));
  }
}

// dav1d waits for the highest layer that the sequence header promises: who leaves one out has to rewrite that.
TEST_P(Layers, SpatialLayersCanBeLeftOut) {
  if (format_.is("AV1")) GTEST_SKIP();
  for (int most = 0; most < mode_.spatialLayers; ++most) {
    LayeredPath path(format_);
    const auto decoder = *builtInCodecs().videoDecoder(format_);
    for (uint32_t n = 0; n < kPictures; ++n) {
      std::vector<EncodedVideo> kept(pictures_[n].begin(), pictures_[n].begin() + most + 1);
      // Of a _KEY mode only the highest is sent between key pictures.
      if (mode_.keyOnly && !kept[0].layer->keyPicture) kept.erase(kept.begin(), kept.end() - 1);
      for (EncodedVideo& frame : kept) frame.layer->spatialLayers = static_cast<uint8_t>(most + 1);
      kept.back().layer->endOfPicture = true;
      const auto decoded = decoder->decode(path.carry(kept));
      ASSERT_TRUE(decoded.ok()) << n << ": " << decoded.error().toString();
      ASSERT_EQ(decoded->width, layerSide(kWidth, mode_, most));
      ASSERT_EQ(SyntheticCamera::readFrameCounter(*decoded), n);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Layers, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.codec) + "_" + test.param.mode; });

TEST(LayersOfCodecs, WhatACodecHasNotIsRefused) {
  for (const SupportedFormat& supported : codedFormats(CodecKind::kVideo)) {
    VideoEncoderSettings settings;
    for (const char* mode : {"", "L4T1", "S4T3", "nonsense"}) {
      settings.scalabilityMode = mode;
      const auto encoder = builtInCodecs().videoEncoder(supported.format, settings);
      ASSERT_FALSE(encoder.ok()) << mode;
      EXPECT_EQ(encoder.error().code(), ErrorCode::kUnsupported);
    }
    settings.scalabilityMode = "L2T1";
    const bool spatial = supported.format.is("VP9") || supported.format.is("AV1");
    EXPECT_EQ(builtInCodecs().videoEncoder(supported.format, settings).ok(), spatial) << supported.format.name;
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
