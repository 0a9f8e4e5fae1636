#include "ice/mdns_responder.h"

#include <algorithm>
#include <array>

#include "ice/mdns.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxNames = 64;
// RFC 6762 §8.3: at least two announcements, a second apart. Nothing is probed for: a random UUID is nobody else's
// (draft-ietf-mmusic-mdns-ice-candidates §3.1.1).
constexpr uint32_t kAnnouncements = 2;
// RFC 6762 §6: a record is not sent to the group again before a second has passed.
constexpr Duration kRepeat = Duration::seconds(1);

// RFC 9562 §5.4: random but for the version and the variant.
std::string newUuid(RandomSource& random) {
  std::array<uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

}  // namespace

void MdnsResponder::hide(TimePoint now, Candidate& candidate) {
  // §3.1.2.2: a related address would tell what the name hides.
  if (candidate.related) candidate.related = SocketAddress{IpAddress::anyV4(), 9};
  if (candidate.type != CandidateType::kHost || names_.size() >= kMaxNames) return;
  candidate.hostname = nameOf(now, candidate.address.ip);
  candidate.address.ip = {};
  // The foundation was made from the address: another that is as good.
  candidate.foundation =
      candidateFoundation(candidate.type, candidate.protocol, {}, {}) + candidate.hostname.substr(0, 8);
}

const std::string& MdnsResponder::nameOf(TimePoint now, const IpAddress& ip) {
  const auto known = std::find_if(names_.begin(), names_.end(), [&](const Name& name) { return name.ip == ip; });
  if (known != names_.end()) return known->text;
  Name& name = names_.emplace_back();
  name.text = newUuid(random_) + ".local";
  name.ip = ip;
  name.next = now;
  handleTimeout(now);
  return name.text;
}

bool MdnsResponder::receive(TimePoint now, const Route& route, ByteView packet) {
  if (names_.empty() || route.local != mdnsRoute().local) return false;
  const std::vector<MdnsQuestion> questions = parseMdnsQuery(packet);
  for (const MdnsQuestion& question : questions) {
    for (Name& name : names_) {
      const DnsType type = name.ip.isV4() ? DnsType::kA : DnsType::kAaaa;
      if (name.text == question.name && type == question.type && now >= name.mayAnswer) answer(now, name);
    }
  }
  return !questions.empty();
}

void MdnsResponder::answer(TimePoint now, Name& name) {
  name.mayAnswer = now + kRepeat;
  PacketBuffer packet = pool_.allocate();
  if (!packet) {
    ++stats_.transmitsDropped;
    return;
  }
  ByteWriter writer(packet.writable());
  if (!writeMdnsResponse(writer, name.text, name.ip) || !packet.resize(writer.size())) return;
  transmits_.push_back({mdnsRoute(), std::move(packet)});
  ++stats_.mdnsAnswersSent;
}

void MdnsResponder::handleTimeout(TimePoint now) {
  for (Name& name : names_) {
    if (now < name.next) continue;
    answer(now, name);
    name.next = ++name.announcements < kAnnouncements ? now + kRepeat : TimePoint::never();
    // A question that the announcement has crossed is answered all the same.
    name.mayAnswer = now;
  }
}

TimePoint MdnsResponder::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Name& name : names_) out = earlier(out, name.next);
  return out;
}

bool MdnsResponder::pollTransmit(Transmit& out) {
  if (transmits_.empty()) return false;
  out = std::move(transmits_.front());
  transmits_.pop_front();
  return true;
}

void MdnsResponder::remove(const IpAddress& ip) {
  std::erase_if(names_, [&](const Name& name) { return name.ip == ip; });
}

void MdnsResponder::clear() {
  names_.clear();
  transmits_.clear();
}

}  // namespace tincan::inline v0::ice
