#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/jitter_buffer/audio_jitter_buffer.h"
#include "media/source_statistics.h"
#include "stack/media_receiver.h"

namespace tincan::stack {

/// From packets to sound: one 20 ms tick after the other, lost packets recovered from the next one's copy, where the
/// codec has that, or concealed. The payload type says what a packet is: a stream may go from one codec to another, and
/// one with another RTP clock begins anew.
class AudioReceiver final : public MediaReceiver {
 public:
  explicit AudioReceiver(Config config);

  TimePoint nextTimeout() const override { return jitterBuffer_.nextTimeout(); }
  void handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>& feedback) override;
  void resume(TimePoint now, Passed& passed, Bytes data) override;
  size_t heldPackets() const override { return jitterBuffer_.size(); }
  void dropHeld() override { jitterBuffer_.clear(); }
  void addStats(RTCInboundRtpStreamStats& out) const override;
  std::optional<media::PlayoutPoint> takePlayed() override { return jitterBuffer_.playing(); }
  void setExtraDelay(Duration extra) override { jitterBuffer_.setExtraDelay(extra); }
  Duration extraDelay() const override { return jitterBuffer_.extraDelay(); }

 private:
  /// What a payload type means, and its decoder since the first packet.
  struct Meaning {
    uint8_t payloadType = 0;
    media::CodecFormat format;
    std::unique_ptr<media::AudioDecoder> decoder;
    bool asked = false;  // for the decoder; there may be none
  };

  void handlePacket(rtp::ReceivedPacket packet) override;
  void takePacket(rtp::ReceivedPacket packet);
  void passToTransform(const std::shared_ptr<RTCRtpScriptTransformer>& transformer, rtp::ReceivedPacket packet);
  void codecsChanged() override;
  Meaning* meaning(uint8_t payloadType);
  media::AudioDecoder* decoderOf(Meaning& meaning) const;
  void setClock(uint32_t clockRate);
  void play(TimePoint now, const media::AudioJitterBuffer::Playout& playout);
  bool pausesWithNoise();
  Result<media::AudioFrame> fill(const media::AudioJitterBuffer::Playout& playout);

  std::vector<Meaning> meanings_;
  uint32_t clockRate_;
  media::AudioJitterBuffer jitterBuffer_;
  media::AudioJitterBuffer::Stats before_;  // of the buffers that other clocks had
  uint8_t playing_ = 255;                   // the payload type of what was played last
  uint64_t framesDecoded_ = 0;
  media::SoundMeter sound_;
};

}  // namespace tincan::stack
