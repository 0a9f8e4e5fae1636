// What a forwarder knows of a packet by its headers alone.
#include "session/forwarded_packet.h"

#include <array>

#include <gtest/gtest.h>

#include "rtp/dependency_descriptor.h"

namespace tincan::inline v0::session {
namespace {

using rtp::ExtensionKind;

class ForwardedPacketTest : public ::testing::Test {
 protected:
  ForwardedPacketTest() {
    map_.allowMixed = true;
    map_.add(ExtensionKind::kDependencyDescriptor, 12);
    ids_.add(map_);
  }
  /// A packet whose payload is nothing of VP8's, with this descriptor.
  std::optional<ForwardedPacket> with(ByteView descriptor) {
    rtp::ExtensionWriter extensions(map_);
    extensions.add(ExtensionKind::kDependencyDescriptor, descriptor);
    PacketBuffer buffer = pool_.allocate();
    EXPECT_TRUE(buffer.resize(20));
    std::fill(buffer.mutableView().begin(), buffer.mutableView().end(), uint8_t{0xff});
    rtp::Header header;
    header.ssrc = Ssrc(1);
    EXPECT_TRUE(rtp::prependHeader(buffer, header, {}, extensions.block()));
    EXPECT_TRUE(rtp::ReceivedPacket::parse(TimePoint(), {}, std::move(buffer), ids_, packet_));
    InboundStream::Config config;
    config.ssrc = Ssrc(1);
    return ForwardedPacket::of(packet_, InboundStream(config), map_, rtp::VideoFormat::kVp8);
  }
  static Bytes written(bool start, bool key) {
    rtp::DependencyStructure structure;
    rtp::FrameDependencies& one = structure.templates.emplace_back();
    one.indications.push(rtp::DecodeTargetIndication::kSwitch);
    rtp::DependencyDescriptor descriptor;
    descriptor.startOfFrame = start;
    descriptor.frame = one;
    if (key) descriptor.structure = structure;
    Bytes out(rtp::DependencyDescriptor::kMaxSize);
    out.resize(descriptor.write(structure, out));
    return out;
  }

  PacketPool pool_;
  rtp::ExtensionMap map_;
  rtp::ExtensionIds ids_;
  rtp::ReceivedPacket packet_;
};

TEST_F(ForwardedPacketTest, AnEncryptedKeyFrameIsKnownByItsDependencyDescriptor) {
  for (const bool start : {false, true})
    for (const bool key : {false, true}) {
      const auto forwarded = with(written(start, key));
      ASSERT_TRUE(forwarded);
      EXPECT_EQ(forwarded->startsKeyFrame, start && key);
    }
  EXPECT_FALSE(with(Bytes{0x80, 0})) << "cut short";
}

}  // namespace
}  // namespace tincan::inline v0::session
