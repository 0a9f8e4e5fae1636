#pragma once

#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "fuzz/require.h"
#include "fuzz/stack_negotiation.h"

namespace tincan::inline v0::fuzz {

/// A page's changes to a description of ours before it sets it: the first byte says whether of the offer or of the answer,
/// then come pairs of texts, each with its length in a byte before it: what is looked for, and what takes its place. What
/// is refused changes nothing; after what is taken the exchange goes on.
inline void fuzzStackPageChanges(ByteView data) {
  using namespace stack;
  SeededRandom random(1);
  Negotiation offerer(random, 1), answerer(random, 2);
  for (Negotiation* each : {&offerer, &answerer})
    for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
      each->addTransceiver(kind, nullptr, RTCRtpTransceiverDirection::kSendrecv, {});
  ByteReader reader(data);
  const bool changesAnswer = (reader.u8() & 1) != 0;
  const auto change = [&](std::string text) {
    while (reader.ok() && !reader.atEnd()) {
      const auto goes = asText(reader.prefixed8()), comes = asText(reader.prefixed8());
      const size_t place = text.find(goes);
      if (reader.ok() && place != std::string::npos) text.replace(place, goes.size(), comes);
    }
    return text;
  };
  // Whether it was taken; what was made is set where it was not.
  const auto set = [&](Negotiation& side, const RTCSessionDescription& made, bool changes) {
    const RTCSessionDescription changed{made.type, changes ? change(made.sdp) : made.sdp};
    const RTCSignalingState before = side.signalingState();
    if (const auto done = side.setLocal(changed); !done) {
      require(changes && done.error().code() == ErrorCode::kInvalidModificationError);
      require(side.signalingState() == before && side.setLocal(made).ok());
    }
    require(side.localDescription({}).has_value());
    return *side.localDescription({});
  };
  const auto offer = offerer.createOffer(fuzzedTransport(), true);
  require(offer.ok());
  if (!answerer.setRemote(set(offerer, *offer, !changesAnswer))) return;
  const auto answer = answerer.createAnswer(fuzzedTransport());
  require(answer.ok());
  if (!offerer.setRemote(set(answerer, *answer, changesAnswer))) return;
  for (Negotiation* each : {&offerer, &answerer}) {
    (void)each->sections();
    require(each->signalingState() == RTCSignalingState::kStable);
  }
  require(offerer.createOffer(fuzzedTransport(), true).ok());
}

}  // namespace tincan::inline v0::fuzz
