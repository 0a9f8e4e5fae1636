#include "stack/described_paths.h"

#include <algorithm>

#include "stack/jsep/negotiate.h"
#include "stack/path_id.h"

namespace tincan::inline v0::stack {

// Those of a transport stand in its first section; not in one that the description itself rejects. A far end that does not
// bundle would take those of a new section, which only waits on that transport, for the candidates of another one.
std::optional<size_t> DescribedPaths::sectionOfCandidates(uint32_t path, const Exchange& exchange) const {
  const uint32_t transport = transportOfPath(path);
  const bool bundled = !current_ || !current_->remote.bundles().empty();
  const auto& agreed = lines_.inForce();
  std::optional<size_t> first;
  for (size_t i = 0; i < lines_.size(); ++i) {
    const bool rejects = i < exchange.local.sections.size() && exchange.local.sections[i].rejected;
    if (lines_[i].rejected || rejects || lines_[i].transport != transport) continue;
    const bool stands = i < agreed.size() && agreed[i].mid == lines_[i].mid && agreed[i].transport == transport;
    if (bundled || stands) return i;
    if (!first) first = i;
  }
  return first;
}

std::pair<std::string, uint16_t> DescribedPaths::candidateTag(uint32_t path) const {
  const Exchange* exchange = locallyDescribed();
  const auto section = exchange ? sectionOfCandidates(path, *exchange) : std::nullopt;
  return section ? std::pair(lines_[*section].mid, static_cast<uint16_t>(*section))
                 : lines_.tagOf(transportOfPath(path));
}

const TransportDescription* DescribedPaths::remote() const {
  const Exchange* exchange = remotelyDescribed();
  if (!exchange) return nullptr;
  // Once both have spoken, that of a section which both accept; none where there is none.
  const RemoteSection* section =
      exchange->hasLocal ? agreedTransport(exchange->local, exchange->remote) : exchange->remote.transportSection();
  return section ? &section->transport : nullptr;
}

const TransportDescription* DescribedPaths::remote(uint32_t path) const {
  const uint32_t transport = transportOfPath(path);
  const Exchange* exchange = remotelyDescribed();
  for (size_t i = 0; exchange && i < std::min(lines_.size(), exchange->remote.sections.size()); ++i) {
    if (lines_[i].transport != transport) continue;
    const RemoteSection& offered = exchange->remote.sections[i];
    if (exchange->hasLocal) {
      if (const auto* agreed = agreedTransport(exchange->local, exchange->remote, i)) return &agreed->transport;
    } else if (!offered.rejected && offered.supported) {
      const BundleGroup* group = offered.bundled ? exchange->remote.groupOf(offered.mid) : nullptr;
      return &(group ? exchange->remote.find(group->front()) : &offered)->transport;
    }
  }
  return nullptr;
}

std::optional<Setup> DescribedPaths::answeredSetup(uint32_t path) const {
  const uint32_t transport = transportOfPath(path);
  const Exchange* exchange = inForce();
  if (!exchange || exchange->weOffered) return std::nullopt;
  const SessionPlan& answer = exchange->local;
  for (size_t i = 0; i < std::min(lines_.size(), answer.sections.size()); ++i)
    if (lines_[i].transport == transport && agreedTransport(answer, exchange->remote, i))
      return answer.sections[i].setup.value_or(answer.transport.setup);
  return std::nullopt;
}

bool DescribedPaths::isLive(uint32_t path) const {
  const uint32_t transport = transportOfPath(path);
  const Exchange* exchange = locallyDescribed();
  if (!exchange) return false;
  const auto& remote = exchange->remote.sections;
  for (size_t i = 0; i < std::min(lines_.size(), exchange->local.sections.size()); ++i) {
    if (lines_[i].transport != transport || exchange->local.sections[i].rejected) continue;
    if (isRtcpPath(path) && !lines_[i].ownRtcp) continue;
    if (i >= remote.size() || !remote[i].rejected) return true;
  }
  return false;
}

}  // namespace tincan::inline v0::stack
