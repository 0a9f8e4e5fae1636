#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "media/codec/codec_factory.h"
#include "media/jitter_buffer/playout_point.h"
#include "rtp/received_packet.h"
#include "session/inbound_stream.h"
#include "stack/api/encoded_transform.h"
#include "stack/capture_times.h"
#include "stack/codec_work.h"
#include "stack/event_queue.h"
#include "stack/jsep/codec_format.h"
#include "stack/layer_selector.h"
#include "stack/ntp_millis.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::inline v0::stack {

/// From the RTP packets of one SSRC to a track: what MediaSession keeps for each source that it hears. Frames reach the
/// user through the event queue, like every other callback.
class MediaReceiver {
 public:
  struct Config {
    std::string mid;
    session::InboundStream* stream = nullptr;  ///< whose packets these are; outlives the receiver
    std::vector<CodecSpec> codecs;
    const media::CodecFactory* factory = nullptr;  ///< outlives the receiver
    std::shared_ptr<RtpReceiver> receiver;
    std::shared_ptr<EventQueue> events;
    CodecWork work{};              ///< where decoders work
    int64_t unixMicrosAtZero = 0;  ///< the wall's time at TimePoint()
    /// Of one encoding of several: its own track, beside the receiver's, and who chooses which one that shows.
    MediaStreamTrackPtr layerTrack{};
    std::shared_ptr<LayerSelector> selector{};
  };

  explicit MediaReceiver(Config config) : config_(std::move(config)) {}
  virtual ~MediaReceiver() = default;

  /// A packet of the stream, or one that RTX brought and that has the original's header again.
  void receive(rtp::ReceivedPacket packet) {
    unmute();
    handlePacket(std::move(packet));
  }
  /// The source said goodbye (RFC 3550 §6.3.4). What was counted stays; should it speak again, it is unmuted again.
  void goodbye() {
    unmuted_ = false;
    setMuted(true);
  }
  /// W3C webrtc-pc §9.3: an SSRC that times out is removed, as by a goodbye. RFC 3550 §6.3.5: five intervals, of 5 s each
  /// (§6.2), without RTP and without RTCP of it. Browsers differ: Chromium mutes pictures after less than a second without
  /// one and sound never; for either a sender that pauses and still reports would look like one that is gone.
  static constexpr Duration kSourceTimeout = Duration::seconds(25);
  TimePoint timesOutAt() const { return unmuted_ ? config_.stream->lastSign() + kSourceTimeout : TimePoint::never(); }
  /// What went to the application's transform, and is back with other bytes, and perhaps another timestamp.
  struct Passed {
    Ssrc ssrc;
    virtual ~Passed() = default;
  };
  /// What a decoder that works elsewhere has made since.
  virtual void collect(TimePoint) {}
  virtual void resume(TimePoint now, Passed& passed, RTCRtpScriptTransformer::Written written) = 0;
  virtual TimePoint nextTimeout() const = 0;
  virtual void handleTimeout(TimePoint now) = 0;
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
  virtual void setRoundTripTime(Duration) {}
  /// The application asks for one; twice again where none comes, since senders pass over what they are asked too soon.
  virtual void wantKeyFrame(TimePoint) {}
  /// Slots of the loop's pool that wait here.
  virtual size_t heldPackets() const = 0;
  /// Gives them back, with what they were: the connection holds too many (LIMITS B22).
  virtual void dropHeld() = 0;
  virtual void addStats(RTCInboundRtpStreamStats& out) const = 0;
  /// For lip sync: what has been played of late, and how much later it is to be.
  virtual std::optional<media::PlayoutPoint> takePlayed() = 0;
  virtual void setExtraDelay(Duration extra) = 0;
  virtual Duration extraDelay() const = 0;
  /// Of the sample or picture that was played last; its time is when.
  struct Played {
    uint32_t timestamp = 0;
    TimePoint at;
  };
  const std::optional<Played>& lastPlayed() const { return lastPlayed_; }

  session::InboundStream& stream() { return *config_.stream; }
  const session::InboundStream& stream() const { return *config_.stream; }
  Ssrc ssrc() const { return config_.stream->ssrc(); }
  const Config& config() const { return config_; }

 protected:
  virtual void handlePacket(rtp::ReceivedPacket packet) = 0;
  virtual void codecsChanged() = 0;
  const CodecSpec* codec(PayloadType type) const {
    for (const CodecSpec& codec : config_.codecs) {
      if (codec.payloadType == type.value()) return &codec;
    }
    return nullptr;
  }
  /// What a packet's header says of when its frame was captured.
  void noteCaptureTime(const rtp::ReceivedPacket& packet) {
    const auto bytes = packet.extension(rtp::ExtensionKind::kAbsCaptureTime);
    if (!bytes) return;
    if (const auto told = rtp::AbsCaptureTime::read(*bytes))
      captureTimes_.note(capturerOf(packet.header, packet.buffer.view()), packet.header.timestamp, *told);
  }
  /// webrtc-encoded-transform §2.1, of a frame of that source.
  void describeCapture(uint32_t source, uint32_t timestamp, uint32_t clockRate, RTCEncodedFrameMetadata& out) const {
    const auto told = captureTimes_.at(source, timestamp, clockRate);
    if (!told) return;
    out.captureTime = static_cast<double>(told->captured.toUnixMicros() - config_.unixMicrosAtZero) / 1000;
    if (told->clockOffset) out.senderCaptureTimeOffset = ntpMillis(*told->clockOffset);
  }
  /// W3C §5.1 (of mediacapture): the first packet unmutes a remote track.
  void unmute() {
    if (std::exchange(unmuted_, true)) return;
    setMuted(false);
  }
  const std::string& rid() const { return config_.stream->config().rid; }

  Config config_;
  uint8_t payloadType_ = 255;  // of the newest packet that was taken
  bool unmuted_ = false;       // since the start, or since its last goodbye
  std::optional<Played> lastPlayed_;
  CaptureTimes captureTimes_;

 private:
  // The receiver's track is silent once all of its encodings are.
  void setMuted(bool muted) {
    if (config_.layerTrack) config_.events->post([track = config_.layerTrack, muted] { track->setMuted(muted); });
    if (muted && config_.selector && !config_.selector->remove(rid())) return;
    config_.events->post([track = config_.receiver->track(), muted] { track->setMuted(muted); });
  }
};

}  // namespace tincan::inline v0::stack
