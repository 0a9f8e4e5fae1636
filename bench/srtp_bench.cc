// SRTP beside libsrtp and beside the primitive that does its work, in one run. Bytes are of the plain payload.
#include <array>
#include <intel-ipsec-mb.h>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "bench/references/libsrtp.h"
#include "crypto/packet_ctr_hmac.h"
#include "crypto/packet_gcm.h"
#include "rtp/header.h"
#include "rtp/srtp_batch.h"
#include "rtp/srtp_session.h"

namespace {

using namespace tincan;
using namespace tincan::rtp;
using bench::Libsrtp;
using bench::LibsrtpSession;
using crypto::Engine;
using crypto::SrtpProfile;

constexpr std::array kProfiles = {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
                                  SrtpProfile::kAes128CmSha1_80, SrtpProfile::kAes256CmSha1_80};
constexpr std::array kSizes = {100, 1200};

crypto::MultiBuffer* shared() {
  static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
  return kOne.get();
}

crypto::SrtpKeys keysFor(SrtpProfile profile) {
  SeededRandom random(1);
  crypto::SrtpKeys keys;
  keys.profile = profile;
  keys.localKey = crypto::SecretBytes(crypto::keySize(profile));
  keys.localSalt = crypto::SecretBytes(crypto::saltSize(profile));
  random.fill(keys.localKey.mutableView());
  random.fill(keys.localSalt.mutableView());
  keys.remoteKey = keys.localKey;
  keys.remoteSalt = keys.localSalt;
  return keys;
}

PacketBuffer packetOf(PacketPool& pool, size_t payload) {
  PacketBuffer packet = pool.copy(Bytes(payload, 7));
  Header header;
  header.payloadType = PayloadType(96);
  header.ssrc = Ssrc(0x12345678);
  static_cast<void>(prependHeader(packet, header));
  return packet;
}

void ourProtect(benchmark::State& state, SrtpProfile profile, Engine engine, size_t size) {
  SrtpSession session(keysFor(profile), {engine, shared(), 64, 64});
  PacketPool pool;
  PacketBuffer packet = packetOf(pool, size);
  const size_t plain = packet.size();
  uint16_t sequence = 0;
  for (auto _ : state) {
    setSequenceNumber(packet.mutableView(), sequence++);
    if (!session.protect(packet).ok()) return state.SkipWithError("protect");
    packet.trimBack(packet.size() - plain);
  }
}

// Packets are made by the batch outside the clock; a fresh pair of sessions a round would be no different.
constexpr size_t kRound = 512;

void ourUnprotect(benchmark::State& state, SrtpProfile profile, Engine engine, size_t size) {
  SrtpSession sender(keysFor(profile), {engine, shared(), 64, 64});
  SrtpSession receiver(keysFor(profile), {engine, shared(), 64, 64});
  PacketPool pool;
  std::vector<PacketBuffer> packets;
  uint16_t sequence = 0;
  for (auto _ : state) {
    if (packets.empty()) {
      state.PauseTiming();
      for (size_t i = 0; i < kRound; ++i) {
        packets.push_back(packetOf(pool, size));
        setSequenceNumber(packets.back().mutableView(), static_cast<uint16_t>(sequence + kRound - 1 - i));
      }
      for (size_t i = kRound; i-- > 0;) {
        if (!sender.protect(packets[i]).ok()) return state.SkipWithError("protect");
      }
      sequence = static_cast<uint16_t>(sequence + kRound);
      state.ResumeTiming();
    }
    if (!receiver.unprotect(packets.back()).ok()) return state.SkipWithError("unprotect");
    packets.pop_back();
  }
}

// Batches of 32; the time is that of one packet.
constexpr size_t kBatch = 32;

void countPackets(benchmark::State& state, size_t packets) {
  state.counters["packet"] = benchmark::Counter(
      static_cast<double>(packets), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void ourProtectBatch(benchmark::State& state, SrtpProfile profile, Engine engine, size_t size) {
  SrtpSession session(keysFor(profile), {engine, shared()});
  PacketPool pool;
  std::vector<PacketBuffer> packets;
  for (size_t i = 0; i < kBatch; ++i) packets.push_back(packetOf(pool, size));
  const size_t plain = packets[0].size();
  uint16_t sequence = 0;
  for (auto _ : state) {
    for (PacketBuffer& packet : packets) setSequenceNumber(packet.mutableView(), sequence++);
    if (session.protect(packets) != kBatch) return state.SkipWithError("protect");
    for (PacketBuffer& packet : packets) packet.trimBack(packet.size() - plain);
  }
  countPackets(state, kBatch);
}

void ourUnprotectBatch(benchmark::State& state, SrtpProfile profile, Engine engine, size_t size) {
  SrtpSession sender(keysFor(profile), {engine, shared()});
  SrtpSession receiver(keysFor(profile), {engine, shared()});
  PacketPool pool;
  std::vector<PacketBuffer> packets;
  uint16_t sequence = 0;
  size_t at = 0;
  for (auto _ : state) {
    if (at == packets.size()) {
      state.PauseTiming();
      packets.clear();
      for (size_t i = 0; i < kRound; ++i) {
        packets.push_back(packetOf(pool, size));
        setSequenceNumber(packets.back().mutableView(), sequence++);
      }
      sender.protect(packets);
      at = 0;
      state.ResumeTiming();
    }
    if (receiver.unprotect(std::span(packets).subspan(at, kBatch)) != kBatch) return state.SkipWithError("unprotect");
    at += kBatch;
  }
  countPackets(state, kBatch);
}

void referenceProtect(benchmark::State& state, const Libsrtp& library, SrtpProfile profile, size_t size) {
  LibsrtpSession session(library, keysFor(profile), ssrc_any_outbound);
  PacketPool pool;
  PacketBuffer packet = packetOf(pool, size);
  uint16_t sequence = 0;
  for (auto _ : state) {
    setSequenceNumber(packet.mutableView(), sequence++);
    size_t bytes = packet.size();
    if (!session.protect(packet.data(), bytes)) return state.SkipWithError("srtp_protect");
  }
}

void referenceUnprotect(benchmark::State& state, const Libsrtp& library, SrtpProfile profile, size_t size) {
  LibsrtpSession sender(library, keysFor(profile), ssrc_any_outbound);
  LibsrtpSession receiver(library, keysFor(profile), ssrc_any_inbound);
  PacketPool pool;
  std::vector<PacketBuffer> packets;
  uint16_t sequence = 0;
  for (auto _ : state) {
    if (packets.empty()) {
      state.PauseTiming();
      for (size_t i = 0; i < kRound; ++i) {
        packets.push_back(packetOf(pool, size));
        setSequenceNumber(packets.back().mutableView(), static_cast<uint16_t>(sequence + kRound - 1 - i));
      }
      for (size_t i = kRound; i-- > 0;) {
        size_t bytes = packets[i].size();
        if (!sender.protect(packets[i].data(), bytes) || !packets[i].resize(bytes)) {
          return state.SkipWithError("srtp_protect");
        }
      }
      sequence = static_cast<uint16_t>(sequence + kRound);
      state.ResumeTiming();
    }
    size_t bytes = packets.back().size();
    if (!receiver.unprotect(packets.back().data(), bytes)) return state.SkipWithError("srtp_unprotect");
    packets.pop_back();
  }
}

// The primitives alone: IPsec-MB's own calls on one text, without a word of ours between.
void rawGcm(benchmark::State& state, SrtpProfile profile, size_t size) {
  IMB_MGR* manager = shared()->get();
  const bool isShort = crypto::keySize(profile) == 16;
  const Bytes key(crypto::keySize(profile), 5);
  alignas(64) gcm_key_data expanded;
  (isShort ? manager->gcm128_pre : manager->gcm256_pre)(key.data(), &expanded);
  const auto encrypt = isShort ? manager->gcm128_enc : manager->gcm256_enc;
  Bytes packet(12 + size + 16, 7);
  std::array<uint8_t, 12> nonce{};
  gcm_context_data context;
  for (auto _ : state) {
    ++nonce[11];
    encrypt(&expanded, &context, packet.data() + 12, packet.data() + 12, size, nonce.data(), packet.data(), 12,
            packet.data() + 12 + size, 16);
    benchmark::ClobberMemory();
  }
}

// Its jobs: cipher and hash of 32 packets, chained, submitted until they come out.
void rawJobs(benchmark::State& state, SrtpProfile profile, size_t size) {
  IMB_MGR* manager = shared()->get();
  const Bytes key(crypto::keySize(profile), 5);
  alignas(16) std::array<uint8_t, 16 * 15> encryption, decryption;
  (key.size() == 16 ? manager->keyexp_128 : manager->keyexp_256)(key.data(), encryption.data(), decryption.data());
  alignas(16) std::array<uint8_t, 20> inner, outer;
  const Bytes pad(64, 0x36);
  manager->sha1_one_block(pad.data(), inner.data());
  manager->sha1_one_block(pad.data(), outer.data());
  std::vector<Bytes> packets(kBatch, Bytes(12 + size + 20, 7));
  std::array<uint8_t, 16> iv{};
  for (auto _ : state) {
    ++iv[13];
    for (Bytes& packet : packets) {
      IMB_JOB* job = IMB_GET_NEXT_JOB(manager);
      job->cipher_direction = IMB_DIR_ENCRYPT;
      job->chain_order = IMB_ORDER_CIPHER_HASH;
      job->cipher_mode = IMB_CIPHER_CNTR;
      job->hash_alg = IMB_AUTH_HMAC_SHA_1;
      job->enc_keys = job->dec_keys = encryption.data();
      job->key_len_in_bytes = key.size();
      job->src = packet.data();
      job->dst = packet.data() + 12;
      job->cipher_start_src_offset_in_bytes = 12;
      job->msg_len_to_cipher_in_bytes = size;
      job->hash_start_src_offset_in_bytes = 0;
      job->msg_len_to_hash_in_bytes = 12 + size + 4;
      job->iv = iv.data();
      job->iv_len_in_bytes = 16;
      job->auth_tag_output = packet.data() + 12 + size;
      job->auth_tag_output_len_in_bytes = 10;
      job->u.HMAC._hashed_auth_key_xor_ipad = inner.data();
      job->u.HMAC._hashed_auth_key_xor_opad = outer.data();
      benchmark::DoNotOptimize(IMB_SUBMIT_JOB_NOCHECK(manager));
    }
    while (IMB_FLUSH_JOB(manager)) {
    }
    benchmark::ClobberMemory();
  }
  countPackets(state, kBatch);
}

// libcrypto's share, by our thin wrappers.
void rawLibcrypto(benchmark::State& state, SrtpProfile profile, size_t size) {
  const Bytes key(crypto::keySize(profile), 5);
  Bytes packet(12 + size + 20, 7);
  const MutableByteView text = MutableByteView(packet).subspan(12, size);
  std::array<uint8_t, 20> tag{};
  std::array<uint8_t, 16> iv{};
  const bool gcm = crypto::isGcm(profile);
  const crypto::PacketGcm sealer(key, nullptr);
  const crypto::PacketCtrHmac counter(key, key, nullptr);
  for (auto _ : state) {
    ++iv[gcm ? 11 : 13];
    if (gcm) {
      sealer.seal(iv.data(), ByteView(packet).first(12), text, tag.data());
    } else {
      counter.crypt(iv.data(), text);
      counter.mac(ByteView(packet).first(12 + size), {}, tag.data());
    }
    benchmark::DoNotOptimize(tag);
  }
}

std::string label(std::string_view what, SrtpProfile profile, int size) {
  return std::string(what) + "/" + std::string(crypto::name(profile)) + "/" + std::to_string(size);
}

const bool kRegistered = [] {
  for (SrtpProfile profile : kProfiles) {
    for (int size : kSizes) {
      const auto bytes = static_cast<size_t>(size);
      if (shared()) {
        const auto raw = crypto::isGcm(profile) ? rawGcm : rawJobs;
        const char* name = crypto::isGcm(profile) ? "raw IPsec-MB" : "raw IPsec-MB jobs, batches of 32";
        benchmark::RegisterBenchmark(label(name, profile, size).c_str(), raw, profile, bytes);
      }
      benchmark::RegisterBenchmark(label("raw libcrypto", profile, size).c_str(), rawLibcrypto, profile, bytes);
      for (Engine engine : {Engine::kAuto, Engine::kLibcrypto}) {
        const std::string with = engine == Engine::kAuto ? " (auto)" : " (libcrypto)";
        const auto add = [&](const char* what, auto* function) {
          benchmark::RegisterBenchmark(label(what + with, profile, size).c_str(), function, profile, engine, bytes);
        };
        add("protect", ourProtect);
        add("unprotect", ourUnprotect);
        add("protect, batches of 32", ourProtectBatch);
        add("unprotect, batches of 32", ourUnprotectBatch);
      }
      for (const Libsrtp& library : Libsrtp::all()) {
        const auto add = [&](const char* what, auto* function) {
          benchmark::RegisterBenchmark(
              label(library.name + what, profile, size).c_str(),
              [=, &library](benchmark::State& state) { function(state, library, profile, bytes); });
        };
        add(" protect", referenceProtect);
        add(" unprotect", referenceUnprotect);
      }
    }
  }
  return true;
}();

}  // namespace
