#pragma once

#include <cstdlib>

#include "base/bytes.h"
#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0::fuzz {

/// Whatever can be interpreted can be answered, and the answer is a description that fits the offer.
inline void fuzzStackJsep(ByteView data) {
  using namespace stack;
  const auto session = sdp::parse(asText(data));
  if (!session) return;
  const auto offer = interpret(*session);
  if (!offer) return;
  SessionPlan plan = planAnswer(*offer, defaultCapabilities(MediaKind::kAudio), defaultCapabilities(MediaKind::kVideo));
  if (plan.sections.size() != offer->sections.size()) std::abort();
  plan.transport.iceUfrag = "abcd";
  plan.transport.icePwd = "abcdefghijklmnopqrstuvwx";
  plan.transport.fingerprints = {"sha-256 AB:CD"};
  const auto text = sdp::write(describe(plan));
  if (!text) {
    if (text.error().code() != ErrorCode::kLimit) std::abort();
    return;
  }
  const auto answer = interpret(*sdp::parse(*text));
  if (!answer || answer->bundle != plan.bundle) std::abort();
  for (size_t i = 0; i < offer->sections.size(); ++i) {
    const RemoteSection &offered = offer->sections[i], &answered = answer->sections[i];
    if (answered.mid != offered.mid || answered.rejected != plan.sections[i].rejected) std::abort();
    if (offered.rejected && !answered.rejected) std::abort();
  }
}

}  // namespace tincan::inline v0::fuzz
