#include "apps/bench/paths.h"
#include "apps/bench/rig.h"

namespace tincan::apps {

namespace {

class ProtectOnly final : public Path {
 public:
  explicit ProtectOnly(const PathSetup& setup) : rig_(setup), packets_(Rig::kTurn) {}

  Turn turn() override {
    for (auto& each : packets_) {
      each.reset();
      rig_.writePacket(0, each);
    }
    Turn out;
    const int64_t begun = cpuNanos();
    out.packets = rig_.session(0).protect(packets_);
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  Rig rig_;
  std::vector<PacketBuffer> packets_;
};

class UnprotectOnly final : public Path {
 public:
  explicit UnprotectOnly(const PathSetup& setup) : rig_(setup), packets_(Rig::kTurn) {}

  Turn turn() override {
    for (auto& each : packets_) {
      each.reset();
      rig_.writePacket(0, each);
      static_cast<void>(rig_.session(0).protect(each));
    }
    Turn out;
    const int64_t begun = cpuNanos();
    out.packets = rig_.session(0).unprotect(packets_);
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  Rig rig_;
  std::vector<PacketBuffer> packets_;
};

}  // namespace

std::unique_ptr<Path> protectOnly(const PathSetup& setup) {
  return std::make_unique<ProtectOnly>(setup);
}

std::unique_ptr<Path> unprotectOnly(const PathSetup& setup) {
  return std::make_unique<UnprotectOnly>(setup);
}

}  // namespace tincan::apps
