#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "media/codec/codec_factory.h"
#include "rtp/received_packet.h"
#include "session/inbound_stream.h"
#include "stack/codec_work.h"
#include "stack/decoder_budget.h"
#include "stack/event_queue.h"
#include "stack/media_receiver.h"
#include "stack/media_section.h"
#include "stack/stream_sync.h"

namespace tincan::inline v0::stack {

/// The sources that a MediaSession hears, each with its MediaReceiver, and what they share: the decoders that they may
/// have, the packets that they may hold (LIMITS B22), and lip sync. Owned by MediaSession.
class MediaReceivers {
 public:
  struct Config {
    const media::CodecFactory& codecs;  ///< outlives them
    CodecWork work;                     ///< where decoders work
    DecodingLimits limits{};
    int64_t unixMicrosAtZero = 0;  ///< the wall's time at TimePoint()
  };
  MediaReceivers(Config config, std::shared_ptr<EventQueue> events);

  /// A source is heard for the first time, in this section.
  void add(session::InboundStream& stream, const MediaSection& section, std::optional<Duration> roundTrip);
  void remove(Ssrc ssrc) { receivers_.erase(ssrc); }
  void receive(Ssrc ssrc, rtp::ReceivedPacket packet);
  void goodbye(Ssrc ssrc);
  /// A new answer says what payload types mean.
  void setCodecs(const std::string& mid, const std::vector<CodecSpec>& codecs);
  void setRoundTripTime(Duration roundTrip);
  void wantKeyFrame(TimePoint now, const RtpReceiver& receiver);
  /// Lip sync: to be called with every packet.
  void synchronize(TimePoint now) { sync_.run(now, receivers_); }

  /// What decoders that work elsewhere have made since, and what the application's transform has written.
  void collect(TimePoint now);
  void resume(TimePoint now, RTCRtpScriptTransformer::Written written);
  TimePoint nextTimeout() const;
  void handleTimeout(TimePoint now);

  /// By SSRC.
  const StreamSync::Receivers& all() const { return receivers_; }
  const DecoderBudget& decoders() const { return decoders_; }
  /// Times that a source gave up the packets that it held: all together held too many.
  uint64_t heldOverBudget() const { return heldOverBudget_; }

 private:
  Config config_;
  std::shared_ptr<EventQueue> events_;
  DecoderBudget decoders_;  // outlives receivers_
  StreamSync::Receivers receivers_;
  size_t heldAtMost_ = 0;  // packets in their jitter buffers; it is never less
  StreamSync sync_;
  uint64_t heldOverBudget_ = 0;
};

}  // namespace tincan::inline v0::stack
