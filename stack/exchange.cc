#include "stack/exchange.h"

#include <algorithm>

#include "sdp/writer.h"
#include "stack/jsep/default_candidate.h"
#include "stack/jsep/simulcast.h"

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMostReasons = 8;  // of a sentence

// What was gathered, below a text that is not ours alone to write. A page may have written some of it itself.
std::string withGathered(const std::string& text, const SessionPlan& plan,
                         const std::map<size_t, GatheredCandidates>& gathered) {
  std::vector<AddedCandidate> added;
  std::map<size_t, DefaultCandidates> defaults;
  const auto add = [&](size_t section, std::string line) {
    if (text.find("a=" + line) == std::string::npos) added.push_back({section, std::move(line)});
  };
  for (const auto& [section, each] : gathered) {
    for (const std::string& candidate : each.candidates) add(section, "candidate:" + candidate);
    if (each.over) added.push_back({section, "end-of-candidates"});
    if (section < plan.sections.size())
      defaults[section] = defaultCandidates(each.candidates, plan.sections[section].ownRtcp);
  }
  return withDefaults(withCandidates(text, added), defaults);
}

}  // namespace

void Exchange::setLocal(LocalDescription description) {
  local = std::move(description.plan);
  localSdp = std::move(description.text);
  changedByPage = description.changedByPage;
  hasLocal = true;
}

std::optional<RTCSessionDescription> Exchange::localDescription(
    bool provisional, const std::map<size_t, GatheredCandidates>& gathered) const {
  if (!hasLocal) return std::nullopt;
  const RTCSdpType type = weOffered ? RTCSdpType::kOffer : provisional ? RTCSdpType::kPranswer : RTCSdpType::kAnswer;
  if (changedByPage) return RTCSessionDescription{type, withGathered(localSdp, local, gathered)};
  SessionPlan plan = local;
  for (const auto& [index, each] : gathered) {
    if (index >= plan.sections.size()) continue;
    plan.sections[index].candidates = each.candidates;
    plan.sections[index].endOfCandidates = each.over;
  }
  auto text = sdp::write(describe(plan));
  return RTCSessionDescription{type, text ? *text : localSdp};
}

std::optional<RTCSessionDescription> Exchange::remoteDescription(bool provisional) const {
  if (!hasRemote) return std::nullopt;
  return RTCSessionDescription{!weOffered    ? RTCSdpType::kOffer
                               : provisional ? RTCSdpType::kPranswer
                                             : RTCSdpType::kAnswer,
                               withCandidates(remoteSdp, added)};
}

bool Exchange::hasTransport() const {
  for (size_t i = 0; i < local.sections.size(); ++i) {
    if (!local.sections[i].rejected && (i >= remote.sections.size() || !remote.sections[i].rejected)) return true;
  }
  return false;
}

std::string Exchange::whyNothingAgreed() const {
  if (local.sections.empty()) return {};
  const size_t count = std::min(local.sections.size(), remote.sections.size());
  for (size_t i = 0; i < count; ++i) {
    if (!local.sections[i].rejected && !remote.sections[i].rejected) return {};
  }
  std::string why;
  const auto add = [&](std::string_view kind, std::string_view reason) {
    why += why.empty() ? "" : "; ";
    why += kind;
    why += ": ";
    why += reason;
  };
  for (size_t i = 0; i < std::min(count, kMostReasons); ++i) {
    const std::string& reason = local.sections[i].whyRejected;
    if (!reason.empty()) add(remote.sections[i].offeredKind.substr(0, 24), reason);
  }
  if (why.empty()) {
    return weOffered ? "the far end rejects every section of our offer: it has no codec or no use for them"
                     : "every section of the offer is rejected: there is nothing to connect for";
  }
  return "every section of the offer is rejected: " + why;
}

std::vector<RidSpec> Exchange::sentRids(size_t section) const {
  const std::vector<RidSpec>& ours = local.sections[section].sendRids;
  return weOffered ? agreedRids(ours, remote.sections[section].receiveRids) : ours;
}

}  // namespace tincan::inline v0::stack
