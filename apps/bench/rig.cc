#include "apps/bench/rig.h"

#include "base/random.h"
#include "rtp/header.h"

namespace tincan::inline v0::apps {

namespace {

constexpr uint32_t kFirstSsrc = 0x10000;

crypto::SrtpKeys keysOf(size_t peer, crypto::SrtpProfile profile) {
  SeededRandom random(peer + 1);
  crypto::SrtpKeys keys;
  keys.profile = profile;
  keys.localKey = crypto::SecretBytes(crypto::keySize(profile));
  keys.localSalt = crypto::SecretBytes(crypto::saltSize(profile));
  random.fill(keys.localKey.mutableView());
  random.fill(keys.localSalt.mutableView());
  keys.remoteKey = keys.localKey;  // one session is both ends: what it protects it can take
  keys.remoteSalt = keys.localSalt;
  return keys;
}

IpAddress addressOf(size_t peer) {
  const auto number = static_cast<uint32_t>(peer + 1);
  return IpAddress::v4(127, static_cast<uint8_t>(1 + (number >> 16)), static_cast<uint8_t>(number >> 8),
                       static_cast<uint8_t>(number));
}

}  // namespace

Rig::Rig(const PathSetup& setup)
    : setup_(setup),
      engine_(setup.engine == crypto::Engine::kAuto ? crypto::MultiBuffer::create() : nullptr),
      sequence_(setup.peers) {
  for (size_t i = 0; i < setup.peers; ++i) {
    rtp::SrtpConfig config;
    config.engine = setup.engine;
    config.shared = engine_.get();
    addresses_.push_back(addressOf(i));
    sessions_.push_back(std::make_unique<rtp::SrtpSession>(keysOf(i, setup.profile), config));
  }
}

void Rig::writePacket(size_t peer, PacketBuffer& packet) {
  rtp::Header header;
  header.payloadType = PayloadType(96);
  header.sequenceNumber = sequence_[peer]++;
  header.ssrc = Ssrc(kFirstSsrc + static_cast<uint32_t>(peer));
  if (!packet) packet = pool_.allocate();
  // The payload is what the buffer had: an encoder wrote it, which is not this path's cost.
  static_cast<void>(packet.resize(setup_.packetSize - rtp::kFixedHeaderSize));
  static_cast<void>(rtp::prependHeader(packet, header));
}

size_t Rig::overhead(crypto::SrtpProfile profile) {
  return rtp::SrtpSession(keysOf(0, profile), {.engine = crypto::Engine::kLibcrypto}).rtpOverhead();
}

}  // namespace tincan::inline v0::apps
