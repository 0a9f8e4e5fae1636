#pragma once

#include <memory>
#include <napi.h>
#include <optional>
#include <vector>

#include "base/packet_buffer.h"
#include "base/sequence.h"
#include "base/strong_id.h"
#include "media/codec/codec_factory.h"
#include "media/encoded_source.h"

namespace tincan::inline v0::node {

/// RTP that a program has, for a track: the frames of its packets are what the sender is given, and sends in packets of its
/// own, with repairs and at its own pace. Packets come in order; a frame that lacks one goes with all behind it, until the
/// next key frame.
///
///     packet ─► depacketize ─► a frame is whole ─► EncodedSource ─► createTrack() ─► a sender
class RtpInlet : public Napi::ObjectWrap<RtpInlet> {
 public:
  static void define(Napi::Env env, Napi::Object exports);
  /// (kind, codec): an RTCRtpCodec.
  explicit RtpInlet(const Napi::CallbackInfo& info);

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value createTrack(Info info);
  /// (Uint8Array): false where it is no RTP packet of the codec, or one that comes late.
  Napi::Value push(Info info);
  /// (Uint8Array, timestamp): a whole frame.
  Napi::Value pushFrame(Info info);
  bool pushVideo(ByteView payload, bool marker, uint32_t timestamp, uint16_t number);
  bool give(Bytes frame, uint32_t timestamp);
  TimePoint timeOf(uint32_t timestamp);

  media::CodecFormat format_;
  std::optional<rtp::VideoFormat> payloads_;
  std::shared_ptr<media::EncodedVideoSource> video_;
  std::shared_ptr<media::EncodedAudioSource> audio_;
  std::vector<Bytes> gathered_;  // payloads of one frame
  uint32_t timestamp_ = 0;
  std::optional<uint16_t> last_;
  SequenceUnwrapper<uint32_t> ticks_;
  std::optional<TimePoint> zero_;  // when a timestamp of 0 would have come
  bool broken_ = true;             // nothing can be decoded before the next key frame
};

/// Frames that a receiver has put together, as RTP again for a program that takes packets: numbered anew, under the SSRC
/// and the payload type that they came with.
class RtpOutlet : public Napi::ObjectWrap<RtpOutlet> {
 public:
  static void define(Napi::Env env, Napi::Object exports);
  /// (kind, codec): an RTCRtpCodec.
  explicit RtpOutlet(const Napi::CallbackInfo& info);

 private:
  /// (ArrayBuffer, rtpTimestamp, payloadType, ssrc, keyFrame): the packets, an ArrayBuffer each.
  Napi::Value packets(const Napi::CallbackInfo& info);

  bool sound_;
  std::unique_ptr<media::VideoPacketizer> packetizer_;
  PacketPool pool_{256};
  uint16_t next_ = 0;
};

}  // namespace tincan::inline v0::node
