#pragma once

#include "apps/sdp/overview.h"

namespace tincan::inline v0::apps {

/// Has a connection of its own answer the offer, as `tincan call` would: with a camera and a microphone for each section
/// that takes them. Fills `answer`, `noAnswer` and what each section is answered; a refusal becomes a finding.
void answerOffer(SdpOverview& offer);

}  // namespace tincan::inline v0::apps
