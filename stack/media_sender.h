#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.h"
#include "rtp/congestion/bitrate_allocator.h"
#include "session/outbound_stream.h"
#include "stack/event_queue.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::inline v0::stack {

/// From a track to RTP packets: what MediaSession keeps for each section that sends. Pulled in virtual time: a frame is
/// captured, encoded and sent when its time has come. Capturing calls every sink of the track, the user's previews
/// included, so it waits in the event queue like every other callback; a preview may even end this sender.
class MediaSender {
 public:
  /// `stream` outlives the sender.
  MediaSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events)
      : MediaSender(std::move(sender), Streams{&stream}, std::move(events)) {}
  /// One for each of the sender's encodings, in their order; at least one.
  using Streams = std::vector<session::OutboundStream*>;
  MediaSender(std::shared_ptr<RtpSender> sender, Streams streams, std::shared_ptr<EventQueue> events)
      : sender_(std::move(sender)), streams_(std::move(streams)), events_(std::move(events)) {}
  virtual ~MediaSender() { detach(); }

  TimePoint nextTimeout() const {
    const MediaStreamTrackPtr track = sender_->track();
    if (track != attached_) return TimePoint();  // at once: replaceTrack has been called
    return earlier(track ? track->nextFrameTime() : TimePoint::never(), nextStep());
  }
  void handleTimeout(TimePoint now) {
    now_ = now;
    attach();
    step(now);
    if (attached_ && attached_->nextFrameTime() <= now)
      events_->post([track = attached_, now] { track->capture(now); });
  }
  /// What others have made of frames since (workers, transforms), on its way into packets.
  virtual void collect(TimePoint) {}
  /// The peer asks for a key frame, or a bitrate; of use for video only.
  virtual void wantKeyFrame() {}
  virtual void wantKeyFrame(const session::OutboundStream&) { wantKeyFrame(); }
  virtual void setBitrate(uint32_t) {}
  /// What it would be with as much as there could be: what is below is limited by the line.
  virtual void setWanted(uint32_t) {}
  /// What pictures of their size make at most where nobody says it, in bits a second.
  virtual uint32_t mostBySize() const { return 0; }
  /// What is aimed at, in bits a second.
  virtual uint32_t bitrate() const = 0;
  /// What each of several encodings can do with a rate; empty: it has one, which takes what is configured.
  virtual std::vector<rtp::RateRange> layerRates() const { return {}; }
  virtual void addStats(RTCOutboundRtpStreamStats& out, size_t encoding) const = 0;

  /// Of the first encoding; and of all.
  session::OutboundStream& stream() { return *streams_.front(); }
  const session::OutboundStream& stream() const { return *streams_.front(); }
  const Streams& streams() const { return streams_; }
  const std::shared_ptr<RtpSender>& sender() const { return sender_; }

 protected:
  virtual media::SinkId addSink(media::MediaStreamTrack& track) = 0;
  /// What a sender has to do beside capturing, and when.
  virtual void step(TimePoint) {}
  virtual TimePoint nextStep() const { return TimePoint::never(); }
  /// The track is still ours to send: one that was replaced falls silent at once, though others may go on capturing it.
  bool sending() const { return sender_->track() == attached_; }
  const std::shared_ptr<EventQueue>& events() const { return events_; }
  void post(std::function<void()> event) { events_->post(std::move(event)); }
  /// Another connection that shares the track may have captured it, later than our own last step.
  TimePoint timeOf(TimePoint captured) const { return std::max(now_, captured); }

  std::shared_ptr<RtpSender> sender_;
  Streams streams_;

 private:
  // replaceTrack may have given the sender another track, or none.
  void attach() {
    const MediaStreamTrackPtr track = sender_->track();
    if (track == attached_) return;
    detach();
    attached_ = track;
    if (track) sink_ = addSink(*track);
  }
  void detach() {
    if (attached_) attached_->removeSink(sink_);
    attached_.reset();
  }

  std::shared_ptr<EventQueue> events_;
  MediaStreamTrackPtr attached_;  // whose sink we are
  media::SinkId sink_ = 0;
  TimePoint now_;
};

}  // namespace tincan::inline v0::stack
