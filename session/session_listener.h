#pragma once

#include "base/time.h"
#include "rtp/received_packet.h"
#include "session/inbound_stream.h"
#include "session/outbound_stream.h"
#include "session/section.h"

namespace tincan::inline v0::session {

/// Whoever uses a session: a connection with tracks and decoders, a media server. Called from within the session's
/// calls: it may queue packets and ask for key frames, and may not set sections or close; streams it may add and remove
/// where that is said.
class SessionListener {
 public:
  virtual ~SessionListener() = default;

  /// The peer sends something new: a source, or an encoding of one. Its first packet follows.
  virtual void onStream(TimePoint, InboundStream&) {}
  /// A packet of the stream, originals and repairs alike (`recovered`), each once as far as is known.
  virtual void onPacket(InboundStream& stream, rtp::ReceivedPacket packet) = 0;
  /// The stream is no more when this returns: its section went, or another needed its place.
  virtual void onStreamGone(InboundStream&) {}
  /// RFC 3550 §6.3.4: it said goodbye. It may come back.
  virtual void onGoodbye(InboundStream&) {}
  /// The peer needs a key frame (RFC 4585 §6.3.1, RFC 5104 §4.3.1). Not limited: a peer may ask with each packet.
  virtual void onKeyFrameRequest(TimePoint, OutboundStream&) {}
  /// The peer uses this stream's SSRC (or that of its repairs). Remove it, and add `instead`: the same with another SSRC.
  virtual void onCollision(TimePoint, OutboundStream& stream, const OutboundStream::Config& instead) = 0;
};

}  // namespace tincan::inline v0::session
