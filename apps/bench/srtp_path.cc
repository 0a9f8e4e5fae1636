#include "apps/bench/paths.h"
#include "apps/bench/rig.h"

namespace tincan::inline v0::apps {

namespace {

/// One direction; what takes the other one stays outside the clock.
class SrtpOnly final : public Path {
 public:
  SrtpOnly(const PathSetup& setup, bool protects) : protects_(protects), rig_(setup), packets_(Rig::kTurn) {}

  Turn turn() override {
    for (auto& each : packets_) {
      each.reset();
      rig_.writePacket(0, each);
      if (!protects_) static_cast<void>(rig_.session(0).protect(each));
    }
    Turn out;
    const int64_t begun = cpuNanos();
    out.packets = protects_ ? rig_.session(0).protect(packets_) : rig_.session(0).unprotect(packets_);
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  const bool protects_;
  Rig rig_;
  std::vector<PacketBuffer> packets_;
};

}  // namespace

std::unique_ptr<Path> protectOnly(const PathSetup& setup) {
  return std::make_unique<SrtpOnly>(setup, true);
}

std::unique_ptr<Path> unprotectOnly(const PathSetup& setup) {
  return std::make_unique<SrtpOnly>(setup, false);
}

}  // namespace tincan::inline v0::apps
