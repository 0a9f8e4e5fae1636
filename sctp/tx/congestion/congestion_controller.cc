#include "sctp/tx/congestion/congestion_controller.h"

#include "sctp/tx/congestion/bbr.h"
#include "sctp/tx/congestion/cubic.h"
#include "sctp/tx/congestion/reno.h"

namespace tincan::inline v0::sctp {

std::unique_ptr<CongestionController> makeCongestionController(CongestionControl kind, size_t packet, uint64_t seed) {
  switch (kind) {
    case CongestionControl::kReno: return std::make_unique<Reno>(packet);
    case CongestionControl::kCubic: return std::make_unique<Cubic>(packet);
    case CongestionControl::kBbr: return std::make_unique<Bbr>(packet, seed);
  }
  return nullptr;
}

}  // namespace tincan::inline v0::sctp
