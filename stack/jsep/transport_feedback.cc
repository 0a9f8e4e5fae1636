#include "stack/jsep/transport_feedback.h"

#include <algorithm>

#include "rtp/extensions.h"

namespace tincan::stack {
namespace {

bool numbersPackets(const ExtensionSpec& extension) {
  const auto kind = rtp::extensionKind(extension.uri);
  return kind == rtp::ExtensionKind::kTransportSequence || kind == rtp::ExtensionKind::kTransportSequenceV2;
}

bool sendsRtp(const SectionPlan& section) {
  return !section.rejected && section.kind != MediaKind::kApplication && sends(section.direction);
}

}  // namespace

void withholdTransportFeedback(SessionPlan& plan) {
  const bool sendsVideo = std::any_of(plan.sections.begin(), plan.sections.end(), [](const SectionPlan& section) {
    return section.kind == MediaKind::kVideo && sendsRtp(section);
  });
  for (SectionPlan& section : plan.sections) {
    if (!sendsVideo && !sendsRtp(section)) continue;
    for (CodecSpec& codec : section.codecs) std::erase(codec.feedback, "transport-cc");
    std::erase_if(section.extensions, numbersPackets);
  }
}

}  // namespace tincan::stack
