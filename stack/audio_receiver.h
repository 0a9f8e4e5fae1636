#pragma once

#include <optional>

#include "media/jitter_buffer/audio_jitter_buffer.h"
#include "media/opus_decoder.h"
#include "stack/media_receiver.h"

namespace tincan::stack {

/// Opus from packets to sound: one 20 ms tick after the other, lost packets recovered from
/// the next one's in-band FEC (RFC 6716 §2.1.7) or concealed.
class AudioReceiver final : public MediaReceiver {
 public:
  explicit AudioReceiver(Config config);

  TimePoint nextTimeout() const override { return jitterBuffer_.nextTimeout(); }
  void handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>& feedback) override;
  size_t heldPackets() const override { return jitterBuffer_.size(); }
  void dropHeld() override { jitterBuffer_.clear(); }
  void addStats(RTCInboundRtpStreamStats& out) const override;
  std::optional<media::PlayoutPoint> takePlayed() override { return jitterBuffer_.playing(); }
  void setExtraDelay(Duration extra) override { jitterBuffer_.setExtraDelay(extra); }
  Duration extraDelay() const override { return jitterBuffer_.extraDelay(); }

 private:
  void handlePacket(TimePoint now, PacketBuffer packet, const rtp::Header& header) override;
  void play(TimePoint now, const media::AudioJitterBuffer::Playout& playout);

  media::AudioJitterBuffer jitterBuffer_;
  std::optional<media::OpusDecoder> decoder_;
  uint64_t framesDecoded_ = 0;
  double level_ = 0;
};

}  // namespace tincan::stack
