#include "ice/mdns_resolver.h"

#include <algorithm>
#include <array>

#include "ice/candidate_policy.h"
#include "ice/mdns.h"

namespace tincan::inline v0::ice {
namespace {

// RFC 6762 §5.2: at least a second between the first two questions, then twice as long each time. The last wait ends
// the look-up.
constexpr std::array kWaits = {Duration::seconds(1), Duration::seconds(2), Duration::seconds(2)};

std::string lowerCase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

}  // namespace

bool MdnsResolver::resolve(TimePoint now, const Candidate& candidate) {
  if (!isMdnsCandidateName(candidate.hostname)) return false;
  size_t waiting = 0;
  for (const Lookup& lookup : lookups_) waiting += lookup.candidates.size();
  if (waiting >= config_.maxRemoteCandidates) return false;

  const std::string name = lowerCase(candidate.hostname);
  auto it = std::find_if(lookups_.begin(), lookups_.end(), [&](const Lookup& l) { return l.name == name; });
  if (it == lookups_.end()) it = lookups_.insert(lookups_.end(), Lookup{name, {}, 0, TimePoint::never()});
  it->candidates.push_back(candidate);
  startWaiting(now);
  return true;
}

bool MdnsResolver::receive(TimePoint now, const Route& route, ByteView packet) {
  if (route.local != mdnsRoute().local) return false;
  // RFC 6762 §6: a response that does not come from port 5353 is ignored.
  if (route.remote.port != kMdnsPort || lookups_.empty()) {
    ++stats_.mdnsIgnored;
    return true;
  }
  const auto records = parseMdnsResponse(packet);
  if (records.empty()) ++stats_.mdnsIgnored;
  for (const MdnsRecord& record : records) answer(record.name, record.ip);
  startWaiting(now);
  return true;
}

void MdnsResolver::answer(const std::string& name, const IpAddress& ip) {
  const auto it =
      std::find_if(lookups_.begin(), lookups_.end(), [&](const Lookup& l) { return l.sends > 0 && l.name == name; });
  // Names that were not asked for, and addresses that are not one host's, are none of ours. Nor is this machine's own:
  // anybody on the link may answer, and nobody's name is for 127.0.0.1.
  const bool broadcast = ip == IpAddress::v4(255, 255, 255, 255);
  if (it == lookups_.end() || ip.isAny() || ip.isMulticast() || broadcast || isAnyLoopback(ip)) {
    ++stats_.mdnsIgnored;
    return;
  }
  for (Candidate& candidate : it->candidates) {
    candidate.address.ip = ip;
    resolved_.push_back(std::move(candidate));
  }
  lookups_.erase(it);
}

void MdnsResolver::handleTimeout(TimePoint now) {
  std::erase_if(lookups_, [&](const Lookup& l) { return l.sends >= kWaits.size() && now >= l.next; });
  for (Lookup& lookup : lookups_) {
    if (lookup.sends > 0 && now >= lookup.next) ask(now, lookup);
  }
  startWaiting(now);
}

void MdnsResolver::startWaiting(TimePoint now) {
  size_t free = config_.maxMdnsLookups - std::min(config_.maxMdnsLookups, active());
  for (Lookup& lookup : lookups_) {
    if (free == 0) break;
    if (lookup.sends > 0) continue;
    ask(now, lookup);
    --free;
  }
}

void MdnsResolver::ask(TimePoint now, Lookup& lookup) {
  // Two packets: Chromium's responder reads only packets with one question.
  for (const DnsType type : {DnsType::kA, DnsType::kAaaa}) {
    PacketBuffer packet = pool_.allocate();
    if (!packet) {
      ++stats_.transmitsDropped;
      break;
    }
    ByteWriter writer(packet.writable());
    if (!writeMdnsQuery(writer, lookup.name, type) || !packet.resize(writer.size())) break;
    transmits_.push_back({mdnsRoute(), std::move(packet)});
    ++stats_.mdnsQueriesSent;
  }
  lookup.next = now + kWaits[std::min<size_t>(lookup.sends, kWaits.size() - 1)];
  ++lookup.sends;
}

size_t MdnsResolver::active() const {
  return static_cast<size_t>(
      std::count_if(lookups_.begin(), lookups_.end(), [](const Lookup& l) { return l.sends > 0; }));
}

TimePoint MdnsResolver::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Lookup& lookup : lookups_) out = earlier(out, lookup.next);
  return out;
}

bool MdnsResolver::pollTransmit(Transmit& out) {
  if (transmits_.empty()) return false;
  out = std::move(transmits_.front());
  transmits_.pop_front();
  return true;
}

bool MdnsResolver::pollResolved(Candidate& out) {
  if (resolved_.empty()) return false;
  out = std::move(resolved_.front());
  resolved_.pop_front();
  return true;
}

void MdnsResolver::clear() {
  lookups_.clear();
  transmits_.clear();
  resolved_.clear();
}

}  // namespace tincan::inline v0::ice
