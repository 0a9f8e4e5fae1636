#include "stack/media_senders.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "sdp/text.h"
#include "stack/audio_sender.h"
#include "stack/jsep/codec_format.h"
#include "stack/section_fec.h"
#include "stack/video_sender.h"

namespace tincan::inline v0::stack {
namespace {

// RFC 4733 §2.1: telephone-event with the clock of the codec that it stands in for.
std::optional<PayloadType> tonePayloadType(const NegotiatedSection& section, const CodecSpec& sending) {
  for (const CodecSpec& codec : section.codecs) {
    if (sdp::equalsIgnoringCase(codec.name, "telephone-event") && codec.clockRate == sending.clockRate)
      return PayloadType(codec.payloadType);
  }
  return std::nullopt;
}

// What a stream's packets have beside its codec, as long as it lives: header extensions, RED and parity.
bool packAlike(const NegotiatedSection& a, const NegotiatedSection& b) {
  const rtp::ExtensionMap ids = extensionMap(a), others = extensionMap(b);
  for (size_t i = 0; i < rtp::kExtensionKinds; ++i) {
    const auto kind = static_cast<rtp::ExtensionKind>(i);
    if (ids.id(kind) != others.id(kind)) return false;
  }
  return ids.allowMixed == others.allowMixed && fecTypes(a) == fecTypes(b);
}

}  // namespace

MediaSenders::MediaSenders(Config config, session::RtpSession& session, std::shared_ptr<EventQueue> events,
                           RandomSource& random, PacketPool& pool)
    : config_(std::move(config)), session_(session), events_(std::move(events)), random_(random), pool_(pool) {}

void MediaSenders::apply(const std::vector<NegotiatedSection>& sections, uint32_t start) {
  for (auto it = sections_.begin(); it != sections_.end();) {
    const bool kept = std::any_of(sections.begin(), sections.end(),
                                  [&](const NegotiatedSection& section) { return section.mid == it->first; });
    if (!kept) drop(it->second);
    it = kept ? std::next(it) : sections_.erase(it);
  }
  for (const NegotiatedSection& section : sections) applySection(section, start);
}

void MediaSenders::applySection(const NegotiatedSection& negotiated, uint32_t start) {
  MediaSection& section = sections_[negotiated.mid];
  negotiated.transceiver->sender()->keepCodecs(negotiated.sendable);
  // Else a new one goes on in the old one's numbering, as libwebrtc's does.
  const bool mayGoOn = section.sender && !negotiated.codecs.empty() &&
                       section.sending == codecsToSend(MediaSection{negotiated}) &&
                       section.negotiated.sendRids == negotiated.sendRids && packAlike(section.negotiated, negotiated);
  section.negotiated = negotiated;
  if (negotiated.receiveRids.empty())
    section.layers.reset();
  else if (!section.layers)
    section.layers = std::make_shared<LayerSelector>();
  if (!negotiated.send) {
    drop(section);
  } else if (!mayGoOn) {
    drop(section);
    make(section, start);
  }
}

void MediaSenders::drop(MediaSection& section) {
  if (!section.sender) return;
  const MediaSender::Streams streams = section.sender->streams();
  section.sender.reset();
  for (session::OutboundStream* stream : streams) session_.remove(*stream);
}

// The stream of one encoding of the sender's; it has a name where there are several.
session::OutboundStream& MediaSenders::addStream(const MediaSection& section, size_t encoding) {
  const RtpSender& sender = *section.negotiated.transceiver->sender();
  session::OutboundStream::Config config;
  config.ssrc = Ssrc(sender.ssrcs_[encoding].media);
  config.rtxSsrc = Ssrc(sender.ssrcs_[encoding].rtx);
  config.mid = section.negotiated.mid;
  if (encoding < section.negotiated.sendRids.size()) config.rid = section.negotiated.sendRids[encoding];
  const CodecSpec& sending = section.sending[encoding];
  config.payloadType = PayloadType(sending.payloadType);
  config.clockRate = sending.clockRate;
  if (sending.rtxPayloadType) config.rtxPayloadType = PayloadType(*sending.rtxPayloadType);
  config.nack = sending.hasFeedback("nack");
  config.extensions = extensionMap(section.negotiated);
  config.priority = section.kind() == MediaKind::kAudio ? rtp::Pacer::Priority::kAudio : rtp::Pacer::Priority::kVideo;
  protect(config, section.negotiated, sending, config_.fec);
  return session_.add(std::move(config));
}

// Of a track whose frames are encoded: the codec that they are in. Where that was not negotiated the sender refuses them.
// Else what the parameters of each encoding name.
std::vector<CodecSpec> MediaSenders::codecsToSend(const MediaSection& section) const {
  const RtpSender& sender = *section.negotiated.transceiver->sender();
  const auto find = [&](const media::CodecFormat& format) -> const CodecSpec* {
    for (const CodecSpec& codec : section.negotiated.sendable)
      if (media::sameCodec(formatOf(section.kind(), codec), format)) return &codec;
    return nullptr;
  };
  const size_t count = std::clamp<size_t>(section.negotiated.sendRids.size(), 1, sender.ssrcs_.size());
  std::vector<CodecSpec> out(count, section.negotiated.sendingCodec());
  const auto source = sender.track() ? sender.track()->encodedSource() : nullptr;
  for (size_t i = 0; i < count; ++i) {
    const auto& wish = sender.encodings()[std::min(i, sender.encodings().size() - 1)].codec;
    const CodecSpec* found = source ? find(source->format()) : wish ? find(formatOf(*wish)) : nullptr;
    if (found) out[i] = *found;
  }
  return out;
}

// webrtc-priority §4.2.1: all packets of an encoding.
void MediaSenders::markPackets(const MediaSection& section) {
  const auto& encodings = section.sender->sender()->encodings();
  const auto streams = section.sender->streams();
  for (size_t i = 0; i < streams.size(); ++i) {
    const auto& wish = encodings[std::min(i, encodings.size() - 1)].networkPriority;
    streams[i]->setDscp(dscpOf(wish.value_or(RTCPriorityType::kLow), section.kind() == MediaKind::kAudio));
  }
}

bool MediaSenders::follow(MediaSection& section, uint32_t start) {
  markPackets(section);
  const RtpSender& sender = *section.sender->sender();
  const auto track = sender.track();
  const auto source = track ? track->encodedSource() : section.source;
  const auto asks = [](const RTCRtpEncodingParameters& each, const std::optional<RTCRtpCodec>& asked) {
    return each.codec == asked;
  };
  const auto& encodings = sender.encodings();
  if (source == section.source &&
      std::equal(encodings.begin(), encodings.end(), section.asked.begin(), section.asked.end(), asks))
    return false;
  section.source = source;
  noteWishes(section);
  if (section.sending == codecsToSend(section)) return false;
  drop(section);
  make(section, start);
  markPackets(section);
  return true;
}

void MediaSenders::noteWishes(MediaSection& section) {
  section.asked.clear();
  for (const auto& each : section.negotiated.transceiver->sender()->encodings()) section.asked.push_back(each.codec);
}

void MediaSenders::make(MediaSection& section, uint32_t start) {
  const auto& sender = section.negotiated.transceiver->sender();
  const bool sound = section.kind() == MediaKind::kAudio;
  section.sending = codecsToSend(section);
  section.mostBySize = 0;
  noteWishes(section);
  const auto track = sender->track();
  section.source = track ? track->encodedSource() : nullptr;
  std::vector<media::CodecFormat> formats;
  for (const CodecSpec& each : section.sending) formats.push_back(formatOf(section.kind(), each));
  if (sound) {
    auto made = std::make_unique<AudioSender>(sender, addStream(section, 0), events_, config_.codecs, formats.front(),
                                              pool_, config_.work);
    made->setTones(tonePayloadType(section.negotiated, section.sending.front()));
    section.sender = std::move(made);
  } else {
    MediaSender::Streams streams;
    for (size_t i = 0; i < formats.size(); ++i) streams.push_back(&addStream(section, i));
    section.sender = std::make_unique<VideoSender>(sender, std::move(streams), events_, config_.codecs, formats, start,
                                                   random_, pool_, config_.work);
  }
}

bool MediaSenders::collide(const session::OutboundStream& stream, const session::OutboundStream::Config& instead,
                           uint32_t start) {
  MediaSection* section = sectionOf(stream);
  if (!section) return false;
  RtpSender& sender = *section->negotiated.transceiver->sender();
  for (RtpSender::Ssrcs& own : sender.ssrcs_)
    if (own.media == stream.ssrc().value()) own = {instead.ssrc.value(), instead.rtxSsrc.value()};
  drop(*section);
  make(*section, start);
  return true;
}

MediaSection* MediaSenders::sectionOf(const session::OutboundStream& stream) {
  for (auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    const auto& streams = section.sender->streams();
    if (std::find(streams.begin(), streams.end(), &stream) != streams.end()) return &section;
  }
  return nullptr;
}

const MediaSection* MediaSenders::find(const std::string& mid) const {
  const auto found = sections_.find(mid);
  return found == sections_.end() ? nullptr : &found->second;
}

void MediaSenders::collect(TimePoint now) {
  for (auto& [mid, section] : sections_) {
    if (section.sender) section.sender->collect(now);
  }
}

TimePoint MediaSenders::nextTimeout() const {
  TimePoint next = TimePoint::never();
  for (const auto& [mid, section] : sections_) {
    if (section.sender) next = earlier(next, section.sender->nextTimeout());
  }
  return next;
}

}  // namespace tincan::inline v0::stack
