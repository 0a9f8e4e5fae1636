#include "stun/stream_splitter.h"

#include "stun/protocol.h"
#include "stun/turn_data.h"

namespace tincan::inline v0::stun {
namespace {

// A message longer than this would not fit a packet buffer; no answer to a question of ours is.
constexpr size_t kMaxMessage = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;

}  // namespace

bool StreamSplitter::push(ByteView chunk) {
  if (broken()) return false;
  if (at_ > 0) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  bytes_.insert(bytes_.end(), chunk.begin(), chunk.end());
  nextSize();
  return !broken();
}

size_t StreamSplitter::nextSize() {
  const ByteView rest = ByteView(bytes_).subspan(at_);
  if (rest.empty()) return 0;
  const bool channel = rest[0] >= 0x40 && rest[0] <= 0x4F;
  // RFC 8489 §5: the first two bits of a STUN message are zero; the cookie is checked as soon as it is there.
  bool good = channel || rest[0] < 4;
  size_t size = 0;
  if (good && rest.size() >= 4) {
    const size_t length = loadBe16(rest.data() + 2);
    // RFC 8656 §12.5: ChannelData is padded over streams; RFC 8489 §5: a STUN message's length is a multiple of four.
    size = channel ? kChannelHeaderSize + ((length + 3) & ~size_t{3}) : kHeaderSize + length;
    good = size <= kMaxMessage && (channel || length % 4 == 0);
  }
  if (good && !channel && rest.size() >= 8) good = loadBe32(rest.data() + 4) == kMagicCookie;
  if (good) return size;
  state_ = State::kBroken;
  bytes_.clear();
  at_ = 0;
  return 0;
}

bool StreamSplitter::pop(PacketPool& pool, PacketBuffer& out) {
  while (!broken()) {
    const size_t size = nextSize();
    if (size == 0 || size > held()) return false;
    out = pool.copy(ByteView(bytes_).subspan(at_, size));
    at_ += size;
    if (out) return true;
  }
  return false;
}

}  // namespace tincan::inline v0::stun
