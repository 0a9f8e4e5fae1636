#include "node/devices/module.h"

#include "devices/devices.h"

namespace tincan::inline v0::node {
namespace {

constexpr DevicesModule kModule{devices::enumerateDevices,
                                [](const devices::Poster& poster, const media::MediaStreamConstraints& wish,
                                   RandomSource& random) { return devices::getUserMedia(poster, wish, random); }};

}  // namespace
}  // namespace tincan::inline v0::node

// What dlsym() finds (DevicesModule::kEntry).
extern "C" __attribute__((visibility("default"))) const tincan::node::DevicesModule* tincanDevices() {
  return &tincan::node::kModule;
}
