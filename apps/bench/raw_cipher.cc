#include "apps/bench/raw_cipher.h"

#include <algorithm>
#include <array>

#include "apps/bench/rig.h"
#include "rtp/header.h"

namespace tincan::inline v0::apps {

namespace {

constexpr std::array<uint8_t, crypto::PacketCtrHmac::kIvSize> kIv{};

}  // namespace

RawCipher::RawCipher(const PathSetup& setup)
    : engine_(setup.engine == crypto::Engine::kAuto ? crypto::MultiBuffer::create() : nullptr),
      tagSize_(Rig::overhead(setup.profile)) {
  const Bytes macKey(20, 3);
  for (size_t i = 0; i < setup.peers; ++i) {
    const Bytes key(crypto::keySize(setup.profile), static_cast<uint8_t>(i));
    if (crypto::isGcm(setup.profile)) {
      gcm_.emplace_back(key, engine_.get());
    } else {
      counter_.emplace_back(key, macKey, engine_.get());
    }
  }
}

void RawCipher::run(std::span<const Job> jobs) {
  for (; !counter_.empty() && !jobs.empty(); jobs = jobs.subspan(std::min(jobs.size(), kBurst))) {
    runCounter(jobs.first(std::min(jobs.size(), kBurst)));
  }
  for (const Job& job : jobs) {
    const MutableByteView text = job.packet.first(job.packet.size() - tagSize_).subspan(rtp::kFixedHeaderSize);
    static_cast<void>(gcm_[job.peer].seal(kIv.data(), job.packet.first(rtp::kFixedHeaderSize), text,
                                          job.packet.data() + job.packet.size() - tagSize_));
  }
}

void RawCipher::runCounter(std::span<const Job> jobs) {
  using crypto::PacketCtrHmac;
  std::array<PacketCtrHmac::CryptJob, kBurst> crypts;
  std::array<PacketCtrHmac::MacJob, kBurst> macs;
  std::array<std::array<uint8_t, PacketCtrHmac::kMacSize>, kBurst> out;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const PacketCtrHmac& cipher = counter_[jobs[i].peer];
    const MutableByteView packet = jobs[i].packet.first(jobs[i].packet.size() - tagSize_);
    crypts[i] = {&cipher, kIv.data(), packet.subspan(rtp::kFixedHeaderSize)};
    macs[i] = {&cipher, packet, out[i].data()};
    if (engine_) continue;
    cipher.crypt(kIv.data(), crypts[i].text);
    cipher.mac(packet, {}, out[i].data());
  }
  if (!engine_) return;
  PacketCtrHmac::crypt(*engine_, std::span(crypts).first(jobs.size()));
  PacketCtrHmac::mac(*engine_, std::span(macs).first(jobs.size()));
}

}  // namespace tincan::inline v0::apps
