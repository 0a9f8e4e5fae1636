#include "ice/refusals.h"

#include "stun/response.h"

namespace tincan::inline v0::ice {

void Refusals::add(const Route& route, const stun::Message& request, stun::ErrorNumber number) {
  ++stats_.unauthenticated;
  outbox_.write(route, [&](MutableByteView out) { return stun::writeError(out, request, number, nullptr); });
}

}  // namespace tincan::inline v0::ice
