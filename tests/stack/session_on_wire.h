#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "media/get_user_media.h"
#include "rtp/header.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "tests/stack/wire.h"

namespace tincan::inline v0::stack {

/// A MediaSession with an audio and a video section over one end of a wire; the test plays the other end, packet by
/// packet. Audio is sent and received; video is received, and sent too where there is a camera.
class SessionOnWire {
 public:
  static constexpr uint8_t kOpusType = 111, kVp8Type = 96;

  explicit SessionOnWire(const MediaSession::Config& config = {}, bool camera = false)
      : negotiation_(wire.random(), 1),
        events_(std::make_shared<EventQueue>()),
        session(config, wire[0], events_, wire.random(), wire.pool()) {
    media::MediaStreamConstraints constraints;
    media::VideoConstraints small;
    small.width = 320;
    small.height = 240;
    constraints.audio = true;
    if (camera) constraints.video = small;
    stream_ = media::getUserMedia(constraints, wire.random()).value();
    audio = negotiation_.addTransceiver(MediaKind::kAudio, stream_->getAudioTracks().front(),
                                        RTCRtpTransceiverDirection::kSendrecv, {});
    video = negotiation_.addTransceiver(MediaKind::kVideo, camera ? stream_->getVideoTracks().front() : nullptr,
                                        RTCRtpTransceiverDirection::kSendrecv, {});
    NegotiatedSection sound, picture;
    sound.mid = "0";
    sound.transceiver = audio;
    sound.send = sound.receive = true;
    sound.codecs = {{"opus", kOpusType, 48'000, 2, {}, {}, {}}};
    picture.mid = "1";
    picture.transceiver = video;
    picture.receive = true;
    picture.send = camera;
    picture.codecs = {{"VP8", kVp8Type, 90'000, 1, {}, {"nack", "nack pli"}, {}}};
    sections = {sound, picture};
  }

  /// Runs the session for a while; what it sends goes to `onRtp` and `onRtcp`.
  void run(Duration time) {
    for (const TimePoint end = wire.now() + time; wire.now() < end; wire.advance(Duration::millis(5))) turn();
  }
  void turn() {
    for (int i = 0; i < 2; ++i) {
      if (wire[i].nextTimeout() <= wire.now()) wire[i].handleTimeout(wire.now());
    }
    if (session.nextTimeout() <= wire.now()) session.handleTimeout(wire.now());
    EventQueue::run(events_);
    carry();
  }
  void carry() {
    session.flush(wire.now());
    wire.carry(0);
    Transport::Media media;
    while (wire[1].pollMedia(media)) {
      const auto& handler = media.rtcp ? onRtcp : onRtp;
      if (handler) handler(media.packet);
    }
    wire.carry(1);
    session.receive(wire[0]);
  }

  /// The far end sends a packet.
  void fromPeer(uint8_t type, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, ByteView payload,
                bool marker = true) {
    PacketBuffer packet = wire.pool().allocate();
    rtp::Header header;
    header.marker = marker;
    header.payloadType = PayloadType(type);
    header.sequenceNumber = sequence;
    header.timestamp = timestamp;
    header.ssrc = Ssrc(ssrc);
    if (!packet.append(payload) || !rtp::prependHeader(packet, header, {}, {})) return;
    wire[1].sendRtp(wire.now(), {&packet, 1});
  }

  Wire wire;

 private:
  Negotiation negotiation_;
  std::shared_ptr<EventQueue> events_;
  MediaStreamPtr stream_;

 public:
  MediaSession session;
  std::shared_ptr<RtpTransceiver> audio, video;
  std::vector<NegotiatedSection> sections;
  std::function<void(const PacketBuffer&)> onRtp, onRtcp;
};

}  // namespace tincan::inline v0::stack
