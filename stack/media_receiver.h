#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "media/codec/codec_factory.h"
#include "media/jitter_buffer/playout_point.h"
#include "rtp/header.h"
#include "rtp/rtcp/packet.h"
#include "rtp/stats/receive_statistics.h"
#include "stack/event_queue.h"
#include "stack/jsep/codec_format.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::stack {

/// From the RTP packets of one SSRC to a track: what MediaSession keeps for each source that it hears. Frames reach the
/// user through the event queue, like every other callback.
class MediaReceiver {
 public:
  struct Config {
    std::string mid;
    Ssrc ssrc;
    Ssrc localSsrc;  ///< who our feedback says it is from
    std::vector<CodecSpec> codecs;
    const media::CodecFactory* factory = nullptr;  ///< outlives the receiver
    std::shared_ptr<RtpReceiver> receiver;
    std::shared_ptr<EventQueue> events;
  };

  MediaReceiver(Config config, uint32_t clockRate) : config_(std::move(config)), statistics_(config_.ssrc, clockRate) {}
  virtual ~MediaReceiver() = default;

  /// A packet of this SSRC, or (`restored`) one that RTX brought and that has the original's header again.
  void receive(TimePoint now, PacketBuffer packet, const rtp::Header& header, bool restored) {
    lastHeard = now;
    if (!restored) statistics_.receive(now, header.sequenceNumber, header.timestamp, packet.size());
    unmute();
    handlePacket(now, std::move(packet), header);
  }
  /// The source said goodbye (RFC 3550 §6.3.4). What was counted stays; should it speak again, it is unmuted again.
  void goodbye() {
    heard_ = false;
    config_.events->post([track = config_.receiver->track()] { track->setMuted(true); });
  }
  virtual TimePoint nextTimeout() const = 0;
  /// Appends the feedback that is due: NACK, PLI.
  virtual void handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>& feedback) = 0;
  /// A new answer says what payload types mean. A stream goes on where its own means what it meant.
  void setCodecs(const std::vector<CodecSpec>& codecs) {
    if (codecs == config_.codecs) return;
    config_.codecs = codecs;
    codecsChanged();
  }
  /// The codec of the newest packet that was taken; what was negotiated first before there was one.
  std::string codecName() const {
    if (const CodecSpec* heard = codec(PayloadType(payloadType_))) return heard->name;
    return config_.codecs.empty() ? std::string() : config_.codecs.front().name;
  }
  /// Our own SSRC has changed.
  void setLocalSsrc(Ssrc ssrc) { config_.localSsrc = ssrc; }
  virtual void setRoundTripTime(Duration) {}
  virtual void wantKeyFrame() {}
  /// Slots of the loop's pool that wait here.
  virtual size_t heldPackets() const = 0;
  /// Gives them back, with what they were: the connection holds too many (LIMITS B22).
  virtual void dropHeld() = 0;
  virtual void addStats(RTCInboundRtpStreamStats& out) const = 0;
  /// For lip sync: what has been played of late, and how much later it is to be.
  virtual std::optional<media::PlayoutPoint> takePlayed() = 0;
  virtual void setExtraDelay(Duration extra) = 0;
  virtual Duration extraDelay() const = 0;
  /// Speaks, as far as is known: neither silent since `since` nor gone by a goodbye.
  bool heardSince(TimePoint since) const { return heard_ && lastHeard >= since; }

  rtp::ReceiveStatistics& statistics() { return statistics_; }
  const rtp::ReceiveStatistics& statistics() const { return statistics_; }
  const Config& config() const { return config_; }
  uint64_t retransmittedPackets = 0;
  TimePoint lastHeard;
  std::string cname;        ///< that its reports say: whose clock it has (RFC 3550 §6.5.1); empty until they do
  uint64_t lastReport = 0;  ///< of our reports, the last that was about this source

 protected:
  virtual void handlePacket(TimePoint now, PacketBuffer packet, const rtp::Header& header) = 0;
  virtual void codecsChanged() = 0;
  const CodecSpec* codec(PayloadType type) const {
    for (const CodecSpec& codec : config_.codecs) {
      if (codec.payloadType == type.value()) return &codec;
    }
    return nullptr;
  }
  /// W3C §5.1 (of mediacapture): the first packet unmutes a remote track.
  void unmute() {
    if (std::exchange(heard_, true)) return;
    config_.events->post([track = config_.receiver->track()] { track->setMuted(false); });
  }

  Config config_;
  rtp::ReceiveStatistics statistics_;
  uint8_t payloadType_ = 255;  // of the newest packet that was taken
  bool heard_ = false;         // since the start, or since its last goodbye
};

}  // namespace tincan::stack
