// A real VP9 stream: libvpx encodes, packets are cut and reordered, the jitter buffer joins them, libvpx decodes.
#include <gtest/gtest.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/vp9.h"

namespace tincan::inline v0::media {
namespace {

constexpr unsigned kWidth = 320;
constexpr unsigned kHeight = 180;

class Vp9Stream : public testing::Test {
 protected:
  void SetUp() override {
    vpx_codec_enc_cfg_t config;
    ASSERT_EQ(vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &config, 0), VPX_CODEC_OK);
    config.g_w = kWidth;
    config.g_h = kHeight;
    config.g_lag_in_frames = 0;
    config.rc_target_bitrate = 800;
    config.rc_end_usage = VPX_CBR;
    ASSERT_EQ(vpx_codec_enc_init(&encoder_, vpx_codec_vp9_cx(), &config, 0), VPX_CODEC_OK);
    vpx_codec_control(&encoder_, VP8E_SET_CPUUSED, 8);
    ASSERT_EQ(vpx_codec_dec_init(&decoder_, vpx_codec_vp9_dx(), nullptr, 0), VPX_CODEC_OK);
    ASSERT_TRUE(vpx_img_alloc(&image_, VPX_IMG_FMT_I420, kWidth, kHeight, 16));
  }
  void TearDown() override {
    vpx_img_free(&image_);
    vpx_codec_destroy(&encoder_);
    vpx_codec_destroy(&decoder_);
  }

  Bytes encode(int index, bool key) {
    for (unsigned y = 0; y < kHeight; ++y) {
      for (unsigned x = 0; x < kWidth; ++x) {
        image_.planes[VPX_PLANE_Y][y * static_cast<unsigned>(image_.stride[VPX_PLANE_Y]) + x] =
            static_cast<uint8_t>(random_.below(40) + x + y + static_cast<unsigned>(index) * 3);
      }
    }
    EXPECT_EQ(vpx_codec_encode(&encoder_, &image_, index, 1, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME),
              VPX_CODEC_OK);
    Bytes out;
    vpx_codec_iter_t iterator = nullptr;
    while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&encoder_, &iterator)) {
      if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
      const auto* bytes = static_cast<const uint8_t*>(packet->data.frame.buf);
      out.insert(out.end(), bytes, bytes + packet->data.frame.sz);
    }
    return out;
  }

  vpx_codec_ctx_t encoder_{};
  vpx_codec_ctx_t decoder_{};
  vpx_image_t image_{};
  SeededRandom random_{1};
  PacketPool pool_;
};

TEST_F(Vp9Stream, IsCutReorderedJoinedAndDecoded) {
  rtp::Vp9Packetizer packetizer(1);
  VideoJitterBuffer::Config config;
  config.maxDelay = Duration::zero();
  VideoJitterBuffer buffer(config);
  uint16_t sequence = 65530;
  size_t decoded = 0;
  size_t cut = 0;
  for (int i = 0; i < 12; ++i) {
    const bool key = i % 6 == 0;
    const Bytes frame = encode(i, key);
    ASSERT_FALSE(frame.empty());
    rtp::Vp9FrameHeader header;
    ASSERT_TRUE(rtp::Vp9FrameHeader::parse(frame, header));
    ASSERT_EQ(header.keyFrame, key);
    if (key) {
      EXPECT_EQ(header.width, kWidth);
      EXPECT_EQ(header.height, kHeight);
    }
    packetizer.setFrame(frame, 700);
    std::vector<VideoJitterBuffer::Packet> packets;
    bool last = false;
    while (packetizer.packetsLeft() > 0) {
      VideoJitterBuffer::Packet& packet = packets.emplace_back();
      packet.buffer = pool_.allocate();
      ASSERT_TRUE(packetizer.next(packet.buffer, last));
      ASSERT_TRUE(rtp::depacketizeVp9(packet.buffer.view(), last, packet.info));
      packet.sequenceNumber = sequence++;
      packet.timestamp = static_cast<uint32_t>(i) * 3000;
    }
    cut += packets.size() > 1;
    const TimePoint now = TimePoint::fromMicros(i * 33'333);
    for (size_t k = packets.size(); k > 0; --k) {
      std::swap(packets[k - 1], packets[random_.below(k)]);
      buffer.receive(now, std::move(packets[k - 1]));
    }
    ReceivedFrame received;
    ASSERT_TRUE(buffer.pop(now, received));
    EXPECT_EQ(received.data, frame);
    EXPECT_EQ(received.keyFrame, key);
    EXPECT_EQ(received.width, key ? kWidth : 0);
    ASSERT_EQ(
        vpx_codec_decode(&decoder_, received.data.data(), static_cast<unsigned>(received.data.size()), nullptr, 0),
        VPX_CODEC_OK);
    vpx_codec_iter_t iterator = nullptr;
    while (const vpx_image_t* picture = vpx_codec_get_frame(&decoder_, &iterator)) {
      EXPECT_EQ(picture->d_w, kWidth);
      EXPECT_EQ(picture->d_h, kHeight);
      ++decoded;
    }
  }
  EXPECT_EQ(decoded, 12u);
  EXPECT_GT(cut, 2u);
}

}  // namespace
}  // namespace tincan::inline v0::media
