#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "media/codec/codec_factory.h"
#include "media/jitter_buffer/video_jitter_buffer.h"
#include "media/synthetic_camera.h"
#include "rtp/payload/frame_writer.h"
#include "stack/session_endpoint.h"

// The two kinds of ends around the forwarding unit: one sends a test card in three encodings, the other watches.
namespace tincan::inline v0::examples {

/// The section that all agree on: VP8 with RTX in encodings "l", "m" and "h".
session::Section simulcastSection();

/// Sends one moving picture in three sizes, as a browser with simulcast does.
class Publisher final : private session::SessionListener {
 public:
  Publisher(stack::SessionEndpoint::Config config, const crypto::Identity& identity, RandomSource& random,
            PacketPool& pool);
  ~Publisher() override;

  stack::SessionEndpoint& endpoint() { return endpoint_; }
  /// Captures, encodes and sends what is due; when to be called again.
  TimePoint run(TimePoint now);
  /// Key frames that were asked for.
  uint32_t requests() const { return requests_; }
  uint32_t keyFrames() const { return keyFrames_; }

 private:
  struct Encoding;
  void onPacket(session::InboundStream&, rtp::ReceivedPacket) override {}
  void onKeyFrameRequest(TimePoint now, session::OutboundStream& stream) override;
  void onCollision(TimePoint now, session::OutboundStream& stream,
                   const session::OutboundStream::Config& instead) override;
  void send(TimePoint now, Encoding& encoding);

  PacketPool& pool_;
  stack::SessionEndpoint endpoint_;
  std::vector<std::unique_ptr<Encoding>> encodings_;
  uint32_t requests_ = 0, keyFrames_ = 0;
};

/// Receives, repairs and decodes one stream.
class Viewer final : private session::SessionListener {
 public:
  Viewer(stack::SessionEndpoint::Config config, const crypto::Identity& identity, RandomSource& random,
         PacketPool& pool);

  stack::SessionEndpoint& endpoint() { return endpoint_; }
  /// Decodes what is due; when to be called again.
  TimePoint run(TimePoint now);

  std::function<void(const media::VideoFrame&)> onpicture;
  std::function<void(const rtp::ReceivedPacket&)> onpacket;
  uint64_t pictures = 0, failed = 0;

 private:
  void onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) override;
  void onCollision(TimePoint, session::OutboundStream&, const session::OutboundStream::Config&) override {}

  stack::SessionEndpoint endpoint_;
  media::VideoJitterBuffer jitterBuffer_;
  media::ReceivedFrame frame_;
  std::unique_ptr<media::VideoDecoder> decoder_;
  session::InboundStream* stream_ = nullptr;
};

}  // namespace tincan::inline v0::examples
