#include "session/router.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/sequence.h"
namespace tincan::inline v0::session {
namespace {

using rtp::ExtensionKind;

const Format* formatOf(const Section& section, PayloadType type) {
  const auto found = std::find_if(section.formats.begin(), section.formats.end(),
                                  [&](const Format& format) { return format.type == type; });
  return found == section.formats.end() ? nullptr : &*found;
}

bool isOneOf(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool isOneOf(const std::vector<Ssrc>& all, Ssrc ssrc) {
  return std::find(all.begin(), all.end(), ssrc) != all.end();
}

}  // namespace

// ---- what was negotiated ----

std::vector<Ssrc> Router::setSections(std::vector<Section> sections) {
  const std::vector<Section> before = std::exchange(sections_, std::move(sections));
  rtxTypes_.assign(sections_.size(), {});
  for (size_t i = 0; i < sections_.size(); ++i) {
    for (const Format& format : sections_[i].formats) {
      if (format.rtxType) rtxTypes_[i].add(format.type, *format.rtxType);
    }
  }
  std::vector<Ssrc> gone;
  for (auto it = sources_.begin(); it != sources_.end();) {
    Source& source = it->second;
    const auto place = std::find_if(sections_.begin(), sections_.end(), [&](const Section& section) {
      return section.receive && section.mid == before[source.section].mid;
    });
    source.section = static_cast<size_t>(place - sections_.begin());
    const bool stays = place != sections_.end() && !source.announced;
    if (!stays && source.kind == Kind::kMedia) gone.push_back(it->first);
    it = stays ? std::next(it) : sources_.erase(it);
  }
  media_ -= gone.size();
  std::erase_if(sources_, [&](const auto& entry) {
    const Source& source = entry.second;
    return source.kind == Kind::kRepair && source.rid.empty() && !sources_.contains(source.media);
  });
  for (size_t i = 0; i < sections_.size(); ++i) {
    if (sections_[i].receive) addAnnounced(i);
  }
  return gone;
}

// What used to be a repair stream may be a source of its own by now, and what is announced as a source is no repair.
void Router::addAnnounced(size_t index) {
  const auto isRepair = [&](Ssrc ssrc) {
    const auto found = sources_.find(ssrc);
    return found != sources_.end() && found->second.kind == Kind::kRepair;
  };
  for (const Ssrc ssrc : sections_[index].remoteSsrcs) {
    if (isRepair(ssrc)) sources_.erase(ssrc);
  }
  for (const RepairPair& pair : sections_[index].remoteRtx) {
    const bool isSource = std::any_of(sections_.begin(), sections_.end(), [&](const Section& section) {
      return section.receive && isOneOf(section.remoteSsrcs, pair.repair);
    });
    if (isSource || (sources_.contains(pair.repair) && !isRepair(pair.repair))) continue;
    if (count(Kind::kRepair) >= kMaxSources && !isRepair(pair.repair)) break;
    Source repair;
    repair.kind = Kind::kRepair;
    repair.section = index;
    repair.media = pair.media;
    repair.announced = true;
    sources_.insert_or_assign(pair.repair, std::move(repair));
  }
}

// ---- packets ----

Router::Route Router::route(const rtp::ReceivedPacket& packet) {
  const auto found = sources_.find(packet.header.ssrc);
  if (found == sources_.end()) return routeNew(packet);
  Source& source = found->second;
  if (hasMoved(source, packet)) {
    const bool wasMedia = source.kind == Kind::kMedia;
    const Ssrc ssrc = found->first;
    if (wasMedia) {
      forget(ssrc);
    } else {
      sources_.erase(found);
    }
    Route route = routeNew(packet);
    if (wasMedia) route.gone = ssrc;  // its own place is free: nobody else had to go
    return route;
  }
  if (isNewer<uint16_t>(packet.header.sequenceNumber, source.newest)) source.newest = packet.header.sequenceNumber;
  source.heard = packet.at;
  if (source.kind == Kind::kRepair) return routeRepair(packet, source);
  return {Kind::kMedia, found->first};
}

// RFC 9143 §9.2: a packet that is newer than all before it may say that its SSRC is of another section by now; RFC 8852
// says the same of its encoding. What came late says how it was.
bool Router::hasMoved(const Source& source, const rtp::ReceivedPacket& packet) const {
  if (!packet.header.hasExtension) return false;
  const std::string_view mid = packet.text(ExtensionKind::kMid);
  const std::string_view rid =
      packet.text(source.kind == Kind::kMedia ? ExtensionKind::kRtpStreamId : ExtensionKind::kRepairedRtpStreamId);
  const bool otherSection = !mid.empty() && mid != sections_[source.section].mid &&
                            std::any_of(sections_.begin(), sections_.end(),
                                        [&](const Section& section) { return section.receive && section.mid == mid; });
  const auto& rids = sections_[source.section].remoteRids;
  const bool otherRid = !rid.empty() && rid != source.rid && (rids.empty() || isOneOf(rids, rid));
  if (!otherSection && !otherRid) return false;
  return isNewer<uint16_t>(packet.header.sequenceNumber, source.newest);
}

Router::Route Router::routeNew(const rtp::ReceivedPacket& packet) {
  const auto section = sectionFor(packet);
  if (isParity(packet, section)) return {Kind::kParity};
  if (!section) {
    ++counters_.unknownSsrc;
    return {};
  }
  if (rtxTypes_[*section].mediaFor(packet.header.payloadType)) return latchRepair(packet, *section);
  const rtp::Header& header = packet.header;
  return latchMedia(
      {header.ssrc, header.payloadType, header.sequenceNumber, packet.text(ExtensionKind::kRtpStreamId), packet.at},
      *section);
}

// Of a packet that names no section: where one has FlexFEC under this number. By the letter it means the same in all of a
// BUNDLE (RFC 9143 §9.1); not all peers keep to that.
bool Router::isParity(const rtp::ReceivedPacket& packet, std::optional<size_t> section) const {
  const auto has = [&](const Section& each) { return each.receive && each.fec.flexfec == packet.header.payloadType; };
  return section ? has(sections_[*section]) : std::any_of(sections_.begin(), sections_.end(), has);
}

std::optional<size_t> Router::sectionFor(const rtp::ReceivedPacket& packet) const {
  const std::string_view mid = packet.text(ExtensionKind::kMid);
  std::optional<size_t> bySsrc, byType;
  bool ambiguous = false;
  for (size_t i = 0; i < sections_.size(); ++i) {
    const Section& section = sections_[i];
    if (!section.receive) continue;
    if (!mid.empty() && mid == section.mid) return i;
    if (isOneOf(section.remoteSsrcs, packet.header.ssrc)) bySsrc = i;
    if (!formatOf(section, packet.header.payloadType) && !rtxTypes_[i].mediaFor(packet.header.payloadType)) continue;
    ambiguous |= byType.has_value();
    byType = i;
  }
  if (bySsrc) return bySsrc;
  return ambiguous ? std::nullopt : byType;
}

Router::Route Router::latchMedia(const Beginning& first, size_t section) {
  const std::string_view rid = first.rid;
  const auto& rids = sections_[section].remoteRids;
  if (!rid.empty() && !rids.empty() && !isOneOf(rids, rid)) {
    ++counters_.unknownRid;
    return {};
  }
  Route route;
  if (media_ >= kMaxSources) {
    route.gone = makeRoom(first.at);
    if (!route.gone) {
      ++counters_.refused;
      return {};
    }
  }
  if (Ssrc before; !rid.empty() && holder(section, rid, &before)) {
    sources_[before].superseded = true;
    route.superseded = before;
    ++counters_.superseded;
  }
  Source source;
  source.section = section;
  source.rid = rid;
  source.newest = first.sequenceNumber;
  source.heard = first.at;
  const auto at = sources_.insert_or_assign(first.ssrc, std::move(source)).first;
  ++media_;
  route.kind = Kind::kMedia;
  route.stream = first.ssrc;
  route.isNew = true;
  route.section = &sections_[section];
  route.format = formatOf(sections_[section], first.type);
  route.rid = at->second.rid;
  return route;
}

// A repair stream that no ssrc-group announced says which encoding it repairs (RFC 8852 §3.2); or it repairs the
// section's one source (RFC 4588 §5.3, by payload type): the one heard last, where the peer has gone from one to
// another.
Router::Route Router::latchRepair(const rtp::ReceivedPacket& packet, size_t section) {
  if (count(Kind::kRepair) >= kMaxSources) {
    ++counters_.repairsRefused;
    return {};
  }
  Source source;
  source.kind = Kind::kRepair;
  source.section = section;
  source.rid = packet.text(ExtensionKind::kRepairedRtpStreamId);
  if (source.rid.empty()) {
    const auto media = lastHeard(section);
    if (!media) return {};
    source.media = *media;
  } else if (!holder(section, source.rid)) {
    return {};  // of an encoding that was never heard: one that comes later may be told then
  }
  source.newest = packet.header.sequenceNumber;
  source.heard = packet.at;
  const auto at = sources_.insert_or_assign(packet.header.ssrc, std::move(source)).first;
  return routeRepair(packet, at->second);
}

Router::Route Router::routeRepair(const rtp::ReceivedPacket& packet, Source& repair) {
  Ssrc media = repair.media;
  if (!repair.rid.empty() && !holder(repair.section, repair.rid, &media)) return {};
  const auto found = sources_.find(media);
  if (found == sources_.end()) return beginByRepair(packet, repair);
  if (found->second.kind != Kind::kMedia) return {};
  found->second.heard = packet.at;
  return {Kind::kRepair, media};
}

// What a description announces is known before it is heard: its first packets may be lost, and come as repairs. Padding
// is no packet of anything.
Router::Route Router::beginByRepair(const rtp::ReceivedPacket& packet, const Source& repair) {
  constexpr size_t kOriginalNumber = 2;  // RFC 4588 §4
  const ByteView payload = packet.payload();
  const auto type = rtxTypes_[repair.section].mediaFor(packet.header.payloadType);
  const bool alone = repair.rid.empty() && sections_[repair.section].remoteRids.empty();
  if (!repair.announced || !alone || !type || payload.size() <= kOriginalNumber) return {};
  Route route = latchMedia({repair.media, *type, loadBe16(payload.data()), {}, packet.at}, repair.section);
  if (route.kind == Kind::kMedia) route.kind = Kind::kRepair;
  return route;
}

// ---- the table ----

const Router::Source* Router::holder(size_t section, std::string_view rid, Ssrc* ssrc) const {
  for (const auto& [each, source] : sources_) {
    if (source.kind != Kind::kMedia || source.superseded || source.section != section || source.rid != rid) continue;
    if (ssrc) *ssrc = each;
    return &source;
  }
  return nullptr;
}

std::optional<Ssrc> Router::lastHeard(size_t section) const {
  std::optional<Ssrc> out;
  TimePoint last;
  for (const auto& [ssrc, source] : sources_) {
    if (source.kind != Kind::kMedia || source.section != section) continue;
    if (out && source.heard <= last) continue;
    out = ssrc;
    last = source.heard;
  }
  return out;
}

// A long call may go through many sources, by a new track each or by collisions: one that was superseded makes room, or
// the oldest, if it is silent.
std::optional<Ssrc> Router::makeRoom(TimePoint now) {
  const Sources::value_type* oldest = nullptr;
  for (const auto& entry : sources_) {
    if (entry.second.kind != Kind::kMedia) continue;
    const auto rank = [](const Source& source) { return std::pair(!source.superseded, source.heard); };
    if (!oldest || rank(entry.second) < rank(oldest->second)) oldest = &entry;
  }
  if (!oldest || (!oldest->second.superseded && now - oldest->second.heard < kSilent)) return std::nullopt;
  const Ssrc out = oldest->first;
  forget(out);
  return out;
}

void Router::forget(Ssrc media) {
  sources_.erase(media);
  --media_;
  std::erase_if(sources_, [&](const auto& entry) {
    const Source& source = entry.second;
    return source.kind == Kind::kRepair && !source.announced && source.rid.empty() && source.media == media;
  });
}

std::optional<Ssrc> Router::find(std::string_view mid, std::string_view rid) const {
  for (size_t i = 0; i < sections_.size(); ++i) {
    Ssrc out;
    if (sections_[i].mid == mid && holder(i, rid, &out)) return out;
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::session
