#pragma once

#include "stack/jsep/plan.h"

namespace tincan::stack {

/// Takes transport-wide feedback (rtcp-fb "transport-cc" and the header extension that numbers the packets,
/// draft-holmer-rmcat-transport-wide-cc-extensions-01) out of the sections of a description of ours that send, and out
/// of all of them where one sends video. What it asks for is left in where we only receive: that we answer.
///
/// Nothing here reads such feedback yet. A browser that is asked for it stops saying REMB
/// (draft-alvestrand-rmcat-remb-03), which is what the encoders heed: libwebrtc takes one way of estimating or the other
/// by what its packets carry. And it judges a transport by all that it sends over it: numbers on sound alone, beside
/// pictures without, would have it take the rate of the sound for that of the line.
void withholdTransportFeedback(SessionPlan& plan);

}  // namespace tincan::stack
