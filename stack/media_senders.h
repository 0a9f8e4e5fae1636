#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "session/rtp_session.h"
#include "stack/codec_work.h"
#include "stack/configuration.h"
#include "stack/event_queue.h"
#include "stack/media_section.h"

namespace tincan::inline v0::stack {

/// The sections of a MediaSession and their senders: made where a section sends, with a stream of the RTP session for each
/// encoding, and made anew when another codec is to be sent. `start` is what a new sender of pictures begins with, in
/// bits a second. Owned by MediaSession.
class MediaSenders {
 public:
  struct Config {
    const media::CodecFactory& codecs;  ///< outlives them
    CodecWork work;                     ///< where encoders work
    FecSettings fec{};
  };
  using Sections = std::map<std::string, MediaSection>;  ///< by mid

  /// `session` and the others outlive them.
  MediaSenders(Config config, session::RtpSession& session, std::shared_ptr<EventQueue> events, RandomSource& random,
               PacketPool& pool);

  /// What the newest answer says of all; sections that it no longer has go.
  void apply(const std::vector<NegotiatedSection>& sections, uint32_t start);
  /// What the application has changed since: replaceTrack() may have brought frames of another kind, and setParameters()
  /// another codec. True: the sender is a new one.
  bool follow(MediaSection& section, uint32_t start);
  /// The peer uses the SSRC of `stream`. False: the stream is none of ours.
  bool collide(const session::OutboundStream& stream, const session::OutboundStream::Config& instead, uint32_t start);
  void clear() { sections_.clear(); }

  /// Null: none sends it.
  MediaSection* sectionOf(const session::OutboundStream& stream);
  const MediaSection* find(const std::string& mid) const;
  Sections& sections() { return sections_; }
  const Sections& sections() const { return sections_; }

  void collect(TimePoint now);
  TimePoint nextTimeout() const;

 private:
  static void markPackets(const MediaSection& section);
  void applySection(const NegotiatedSection& negotiated, uint32_t start);
  std::vector<CodecSpec> codecsToSend(const MediaSection& section) const;
  static void noteWishes(MediaSection& section);
  void drop(MediaSection& section);
  void make(MediaSection& section, uint32_t start);
  session::OutboundStream& addStream(const MediaSection& section, size_t encoding);

  Config config_;
  session::RtpSession& session_;
  std::shared_ptr<EventQueue> events_;
  RandomSource& random_;
  PacketPool& pool_;
  Sections sections_;
};

}  // namespace tincan::inline v0::stack
