#include "apps/sdp/answering.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "media/get_user_media.h"
#include "net/os_random.h"
#include "sdp/parser.h"
#include "stack/jsep/section_reader.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::apps {
namespace {

constexpr std::string_view kRejected = " is rejected: ";

// The notes of a description tell of a rejected section by its m= line.
std::string reasonAt(const std::vector<sdp::Note>& notes, size_t line) {
  for (const sdp::Note& note : notes) {
    const size_t at = note.what.find(kRejected);
    if (note.line == line && at != std::string::npos) return note.what.substr(at + kRejected.size());
  }
  return "it was rejected in the offer";
}

Result<std::string> makeAnswer(stack::PeerConnection& connection, const SdpOverview& offer, RandomSource& random) {
  for (const SdpSection& section : offer.sections) {
    if (section.rejected || (section.kind != "audio" && section.kind != "video")) continue;
    media::MediaStreamConstraints constraints;
    if (section.kind == "audio") constraints.audio = true;
    if (section.kind == "video")
      constraints.video = media::VideoConstraints{.width = 16, .height = 16};  // none is shot
    auto stream = media::getUserMedia(constraints, random);
    if (!stream) continue;
    if (auto added = connection.addTrack((*stream)->getTracks().front(), *stream); !added) return added.error();
  }
  auto set = connection.setRemoteDescription({stack::RTCSdpType::kOffer, offer.text});
  if (!set) return set.error();
  auto answer = connection.createAnswer();
  if (!answer) return answer.error();
  return answer->sdp;
}

}  // namespace

void answerOffer(SdpOverview& offer) {
  net::OsRandom random;
  PacketPool pool(64);
  stack::Environment environment{random, pool};
  auto connection = stack::PeerConnection::create({}, environment);
  if (!connection) {
    offer.noAnswer = connection.error().message();
    return;
  }
  auto answer = makeAnswer(**connection, offer, random);
  const auto answered = answer ? sdp::parse(*answer) : Result<sdp::Session>(answer.error());
  if (!answered) {
    offer.noAnswer = answered.error().message();
    if (offer.refused()) return;
    const size_t line = sdp::errorLine(answered.error()).value_or(0);
    offer.findings.insert(offer.findings.begin(),
                          {SdpFinding::Kind::kRefused, line, line ? size_t{1} : 0, offer.noAnswer, ""});
    return;
  }
  const auto notes = (*connection)->descriptionNotes();
  for (size_t i = 0; i < std::min(offer.sections.size(), answered->media.size()); ++i) {
    const sdp::Media& media = answered->media[i];
    SdpAnswered& out = offer.sections[i].answered.emplace();
    out.accepted = media.port != 0 || media.bundleOnly;
    if (!out.accepted) out.why = reasonAt(notes, offer.sections[i].line);
    if (out.accepted) out.direction = answered->directionOf(media);
    if (out.accepted && media.kind != "application") out.codecs = stack::readCodecs(media);
  }
  offer.answer = *std::move(answer);
}

}  // namespace tincan::inline v0::apps
