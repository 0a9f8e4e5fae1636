#include "dtls/handshake/flight.h"

#include <algorithm>
#include <array>

namespace tincan::inline v0::dtls {
namespace {

// A new datagram is begun rather than a fragment of fewer bytes than this put behind another record.
constexpr size_t kSmallestTail = 64;
// Memory for the numbers of records sent, a message: past it the oldest are forgotten, and their acknowledgements are
// useless.
constexpr size_t kMaxTracked = 1024;

}  // namespace

// The datagrams under construction: records go behind each other while they fit.
struct Flight::Datagrams {
  RecordLayer& records;
  PacketPool& pool;
  size_t mtu;
  std::vector<PacketBuffer>& out;
  bool open = false;

  // Room for a payload of `wanted` bytes, or at least `least`; 0 when there is no buffer.
  size_t room(uint64_t epoch, size_t wanted, size_t least) {
    const size_t overhead = records.overhead(epoch);
    if (open) {
      const size_t used = out.back().size();
      const size_t left = used + overhead < mtu ? mtu - used - overhead : 0;
      if (left >= std::min(wanted, least)) return std::min(left, wanted);
    }
    PacketBuffer fresh = pool.allocate();
    if (!fresh) return 0;
    out.push_back(std::move(fresh));
    open = true;
    return std::min(wanted, mtu - overhead);
  }
};

void Flight::add(HandshakeMessage message) {
  Entry entry;
  entry.message = std::move(message);
  entries_.push_back(std::move(entry));
}

void Flight::addChangeCipherSpec() {
  Entry entry;
  entry.type = ContentType::kChangeCipherSpec;
  entries_.push_back(std::move(entry));
}

bool Flight::encode(RecordLayer& records, PacketPool& pool, size_t mtu, std::vector<PacketBuffer>& out) {
  Datagrams datagrams{records, pool, mtu, out};
  for (Entry& entry : entries_) {
    if (entry.type == ContentType::kChangeCipherSpec) {
      static constexpr std::array<uint8_t, 1> kChange = {1};  // RFC 5246 §7.1
      if (datagrams.room(0, 1, 1) == 0 || !records.write(entry.type, 0, kChange, out.back())) return false;
    } else if (!encodeMessage(entry, datagrams)) {
      return false;
    }
  }
  return true;
}

bool Flight::encodeMessage(Entry& entry, Datagrams& datagrams) {
  const size_t size = entry.message.body.size();
  if (size == 0) return encodeFragment(entry, 0, 0, datagrams);
  for (size_t at = 0; at < size;) {
    const auto isAcknowledged = [&](size_t i) { return !entry.acknowledged.empty() && entry.acknowledged[i]; };
    if (isAcknowledged(at)) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < size && !isAcknowledged(end)) ++end;
    const size_t room = datagrams.room(entry.message.epoch, kHandshakeHeaderSize + end - at, kSmallestTail);
    if (room <= kHandshakeHeaderSize) return false;
    const size_t taken = room - kHandshakeHeaderSize;
    if (!encodeFragment(entry, at, taken, datagrams)) return false;
    at += taken;
  }
  return true;
}

bool Flight::encodeFragment(Entry& entry, size_t offset, size_t size, Datagrams& datagrams) {
  const HandshakeMessage& message = entry.message;
  if (size == 0 && datagrams.room(message.epoch, kHandshakeHeaderSize, kHandshakeHeaderSize) == 0) return false;
  ByteBuilder payload;
  FragmentHeader{message.type, static_cast<uint32_t>(message.body.size()), message.sequence,
                 static_cast<uint32_t>(offset), static_cast<uint32_t>(size)}
      .write(payload);
  payload.bytes(ByteView(message.body).subspan(offset, size));
  RecordNumber number;
  if (!datagrams.records.write(entry.type, message.epoch, payload.view(), datagrams.out.back(), &number)) return false;
  if (entry.sent.size() >= kMaxTracked) entry.sent.erase(entry.sent.begin());
  entry.sent.push_back({number, offset, size});
  return true;
}

bool Flight::wholly(const Entry& entry) {
  return !entry.acknowledged.empty() &&
         std::all_of(entry.acknowledged.begin(), entry.acknowledged.end(), [](bool each) { return each; });
}

bool Flight::acknowledge(std::span<const RecordNumber> numbers) {
  bool news = false;
  for (Entry& entry : entries_) {
    for (const Sent& sent : entry.sent) {
      if (std::find(numbers.begin(), numbers.end(), sent.number) == numbers.end()) continue;
      // An empty message has one bit of its own.
      if (entry.acknowledged.empty()) entry.acknowledged.resize(std::max<size_t>(entry.message.body.size(), 1));
      const size_t end = std::max(sent.offset + sent.size, size_t{1});
      for (size_t i = sent.offset; i < end && i < entry.acknowledged.size(); ++i) {
        news |= !entry.acknowledged[i];
        entry.acknowledged[i] = true;
      }
    }
  }
  std::erase_if(entries_, wholly);
  return news;
}

}  // namespace tincan::inline v0::dtls
