#include "ice/refusals.h"

#include <utility>

#include "stun/response.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMost = 64;

}  // namespace

void Refusals::add(const Route& route, const stun::Message& request, stun::ErrorNumber number) {
  ++stats_.unauthenticated;
  PacketBuffer packet = waiting_.size() < kMost ? pool_.allocate() : PacketBuffer();
  if (!packet) {
    ++stats_.transmitsDropped;
    return;
  }
  const size_t size = stun::writeError(packet.writable(), request, number, nullptr);
  if (size > 0 && packet.resize(size)) waiting_.push_back({route, std::move(packet)});
}

bool Refusals::take(Transmit& out) {
  if (waiting_.empty()) return false;
  out = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::ice
