#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/jitter_buffer/sound_playout.h"
#include "media/source_statistics.h"
#include "stack/media_receiver.h"
#include "stack/timed_notes.h"

namespace tincan::inline v0::stack {

/// From packets to sound: SoundPlayout with the codecs that were negotiated. The payload type says what a packet is: a
/// stream may go from one codec to another, one with another RTP clock begins anew, and telephone events are heard.
class AudioReceiver final : public MediaReceiver {
 public:
  explicit AudioReceiver(Config config);

  TimePoint nextTimeout() const override { return playout_.buffer().nextTimeout(); }
  void handleTimeout(TimePoint now) override;
  void resume(TimePoint now, Passed& passed, RTCRtpScriptTransformer::Written written) override;
  size_t heldPackets() const override { return playout_.buffer().size(); }
  void dropHeld() override { playout_.buffer().clear(); }
  void addStats(RTCInboundRtpStreamStats& out) const override;
  std::optional<media::PlayoutPoint> takePlayed() override { return playout_.buffer().playing(); }
  void setExtraDelay(Duration extra) override { playout_.buffer().setExtraDelay(extra); }
  Duration extraDelay() const override { return playout_.buffer().extraDelay(); }

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
  void handleTone(rtp::ReceivedPacket packet, const Meaning& meaning);
  void tell(const rtp::ReceivedPacket& packet, const Meaning& meaning);
  void play(TimePoint now, media::SoundPlayout::Sound sound);

  /// What the header of a packet says of who is heard in it (RFC 3550 §5.1, RFC 6464, RFC 6465).
  struct Heard {
    std::optional<double> level;
    std::vector<RtpReceiver::Contributor> contributors;
  };
  static Heard heardIn(const rtp::ReceivedPacket& packet);

  std::vector<Meaning> meanings_;
  media::SoundPlayout playout_;
  media::SoundMeter sound_;
  TimedNotes<Heard> heard_;
};

}  // namespace tincan::inline v0::stack
