#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "media/codec/codec_factory.h"
#include "media/jitter_buffer.h"
#include "rtp/video_layers_allocation.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the path of pictures, from packets to a decoder, for each codec. The first byte picks the format; each packet
/// is a byte of flags, a byte that says how long its dependency descriptor is, 16 bits of payload length, and both. What
/// comes out is within the bounds of a frame and of a picture, and says only what it can know.
class MediaReceiveFuzzer {
 public:
  static constexpr uint8_t kMarker = 1, kNewPicture = 2, kSkipsNumber = 4, kTakesTime = 8, kAllocation = 16;

  /// What the first byte picks, modulo their number.
  static std::vector<media::CodecFormat> formats() {
    using media::CodecKind;
    return {{CodecKind::kVideo, "VP8", 90'000},
            {CodecKind::kVideo, "VP9", 90'000},
            {CodecKind::kVideo, "AV1", 90'000},
            {CodecKind::kVideo, "H264", 90'000, 1, {{"packetization-mode", "1"}, {"profile-level-id", "42e01f"}}},
            {CodecKind::kVideo, "H264", 90'000, 1, {{"profile-level-id", "42e01f"}}},
            {CodecKind::kVideo, "H265", 90'000},
            {CodecKind::kVideo, "VP9", 90'000, 1, {{"profile-id", "2"}}}};
  }

  explicit MediaReceiveFuzzer(ByteView data) : reader_(data) {
    const auto all = formats();
    format_ = all[reader_.u8() % all.size()];
    payload_ = media::builtInCodecs().payloadFormat(format_);
    if (auto made = media::builtInCodecs().videoDecoder(format_)) decoder_ = *std::move(made);
  }

  /// Gives how many pictures came out.
  int run() {
    for (int packets = 0; packets < 300 && reader_.remaining() >= 4; ++packets) {
      receive();
      while (buffer_.pop(now_, frame_)) take();
      check(buffer_.nextTimeout() > now_);
    }
    now_ += Duration::seconds(1);
    while (buffer_.pop(now_, frame_)) take();
    return pictures_;
  }

 private:
  static void check(bool good) {
    if (!good) std::abort();
  }

  void receive() {
    const uint8_t flags = reader_.u8();
    const size_t told = reader_.u8();
    const size_t size = std::min<size_t>(reader_.u16(), 1400);
    const ByteView extension = reader_.view(std::min(told, reader_.remaining()));
    const ByteView payload = reader_.view(std::min(size, reader_.remaining()));
    if (flags & kTakesTime) now_ += Duration::millis(flags);
    if (flags & kSkipsNumber) ++sequence_;
    if (flags & kNewPicture) timestamp_ += 3000;
    if (flags & kAllocation) (void)rtp::VideoLayersAllocation::read(extension);
    media::VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence_++;
    packet.timestamp = timestamp_;
    packet.buffer = pool_.copy(extension);
    if (!packet.buffer || !packet.buffer.append(payload)) return;
    packet.dependencies = packet.buffer.view().first(extension.size());
    const ByteView view = packet.buffer.view().subspan(extension.size());
    if (!payload_ || (!view.empty() && !rtp::depacketize(*payload_, view, flags & kMarker, packet.info))) return;
    buffer_.receive(now_, std::move(packet));
  }

  void take() {
    check(!frame_.data.empty() && frame_.data.size() <= media::VideoJitterBuffer::Config().maxFrameBytes);
    check(frame_.frameId || frame_.dependencies.empty());
    for (const int64_t each : frame_.dependencies) check(each < *frame_.frameId);
    (void)media::builtInCodecs().inspect(format_, frame_.data);
    if (!decoder_ || ++decoded_ > 24) return;
    const auto picture = decoder_->decode(frame_.data);
    if (!picture) return;
    ++pictures_;
    check(picture->width >= 1 && picture->width <= media::VideoFrame::kMaxSide);
    check(picture->height >= 1 && picture->height <= media::VideoFrame::kMaxSide);
    check(picture->pixels.size() == media::VideoFrame::sizeOf(picture->width, picture->height));
  }

  ByteReader reader_;
  PacketPool pool_;
  media::CodecFormat format_;
  std::optional<rtp::VideoFormat> payload_;
  std::unique_ptr<media::VideoDecoder> decoder_;
  media::VideoJitterBuffer buffer_;
  media::ReceivedFrame frame_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  uint16_t sequence_ = 65'530;
  uint32_t timestamp_ = 0;
  int decoded_ = 0, pictures_ = 0;
};

inline void fuzzMediaReceive(ByteView data) {
  (void)MediaReceiveFuzzer(data).run();
}

}  // namespace tincan::inline v0::fuzz
