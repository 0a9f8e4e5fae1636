#pragma once

#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "stack/negotiation.h"

namespace tincan::inline v0::fuzz {

inline stack::LocalTransport fuzzedTransport() {
  stack::LocalTransport transport;
  transport.iceUfrag = "abcd";
  transport.icePwd = "abcdefghijklmnopqrstuvwx";
  transport.fingerprint = "sha-256 AB:CD";
  return transport;
}

/// The text as a peer's offer, answered, and as its answer to an offer of ours: whatever is taken can be answered and
/// used, in both modes, and what the letter takes the lenient reader takes, too.
inline void fuzzStackNegotiation(ByteView data) {
  using namespace stack;
  const std::string text(asText(data));
  bool offerTaken[2] = {false, false};
  for (const bool strict : {true, false}) {
    SeededRandom random(1);
    Negotiation answerer(random, 1, RTCRtpHeaderEncryptionPolicy::kNegotiate, strict);
    if (answerer.setRemote({RTCSdpType::kOffer, text})) {
      offerTaken[strict ? 0 : 1] = true;
      const auto answer = answerer.createAnswer(fuzzedTransport());
      // A kind or protocol that m= may name and we repeat in rejecting can make a text that is too long, nothing else.
      if (!answer && answer.error().code() != ErrorCode::kLimit) std::abort();
      if (answer) {
        if (!answerer.setLocal(*answer)) std::abort();
        (void)answerer.sections();
        const bool none = !answerer.whyNothingAgreed().empty();
        if (none && (!answerer.sections().empty() || answerer.data() || answerer.paths().remote())) std::abort();
      }
    } else if (answerer.signalingState() != RTCSignalingState::kStable) {
      std::abort();
    }
    Negotiation offerer(random, 2, RTCRtpHeaderEncryptionPolicy::kNegotiate, strict);
    offerer.addTransceiver(MediaKind::kAudio, nullptr, RTCRtpTransceiverDirection::kSendrecv, {});
    offerer.addTransceiver(MediaKind::kVideo, nullptr, RTCRtpTransceiverDirection::kSendrecv, {});
    const auto offer = offerer.createOffer(fuzzedTransport(), true);
    if (!offer || !offerer.setLocal(*offer)) std::abort();
    if (!offerer.setRemote({RTCSdpType::kAnswer, text})) continue;
    (void)offerer.sections();
    const bool none = !offerer.whyNothingAgreed().empty();
    if (none != (offerer.paths().remote() == nullptr)) std::abort();
    if (!offerer.createOffer(fuzzedTransport(), true)) std::abort();
  }
  if (offerTaken[0] && !offerTaken[1]) std::abort();
}

}  // namespace tincan::inline v0::fuzz
