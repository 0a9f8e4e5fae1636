#include "rtp/srtp_batch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "crypto/secret.h"
#include "rtp/header.h"
#include "rtp/srtp_cryptex.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::PacketCtrHmac;

constexpr size_t kBurst = PacketCtrHmac::kMaxBurst;
// Fewer packets than this fill too few lanes: one by one they are done sooner.
constexpr size_t kWorthwhile = 5;
constexpr size_t kRolloverSize = 4;

// One packet whose place in the stream is known and whose bytes are not worked on yet.
struct Pending {
  SrtpJob* job = nullptr;
  const PacketCtrHmac* cipher = nullptr;
  uint64_t index = 0;
  uint32_t ssrc = 0;
  uint16_t sequenceNumber = 0;
  size_t headerSize = 0;   // what stays plain: with Cryptex less than the header
  bool hidden = false;     // its extension is encrypted
  MutableByteView packet;  // without its tag
  SrtpContext::CounterIv iv;
  std::array<uint8_t, PacketCtrHmac::kMacSize> mac;
  std::array<uint8_t, PacketCtrHmac::kMacSize> tag;  // unprotect: what came

  uint8_t* end() const { return packet.data() + packet.size(); }
};

// Multi-buffer hashing wants one piece: the rollover counter stands where the tag will be, or was. Tags have four bytes
// or more.
void putRollover(const Pending& pending) {
  storeBe32(pending.end(), static_cast<uint32_t>(pending.index >> 16));
}

void computeMacs(crypto::MultiBuffer& engine, std::span<Pending* const> pendings) {
  std::array<PacketCtrHmac::MacJob, kBurst> jobs;
  for (size_t i = 0; i < pendings.size(); ++i) {
    Pending& one = *pendings[i];
    jobs[i] = {one.cipher, {one.packet.data(), one.packet.size() + kRolloverSize}, one.mac.data()};
  }
  if (pendings.size() >= kWorthwhile) return PacketCtrHmac::mac(engine, std::span(jobs).first(pendings.size()));
  for (size_t i = 0; i < pendings.size(); ++i) jobs[i].cipher->mac(jobs[i].message, {}, jobs[i].out);
}

void crypt(crypto::MultiBuffer& engine, std::span<Pending* const> pendings) {
  std::array<PacketCtrHmac::CryptJob, kBurst> jobs;
  for (size_t i = 0; i < pendings.size(); ++i) {
    const Pending& one = *pendings[i];
    jobs[i] = {one.cipher, one.iv.data(), one.packet.subspan(one.headerSize)};
  }
  PacketCtrHmac::crypt(engine, std::span(jobs).first(pendings.size()));
}

}  // namespace

/// Gathers packets that IPsec-MB can work on side by side. Lives on the stack of protectBatch.
class SrtpProtectBurst {
 public:
  static bool takes(const SrtpSession& session) { return session.sendRtp_.burstCipher() != nullptr; }
  static void single(SrtpJob& job) { job.outcome = job.session->protectOne(*job.packet); }

  // The index is taken at once, so that a second packet with it is refused.
  void add(SrtpJob& job) {
    SrtpSession& session = *job.session;
    Header header;
    SrtpSession::Place place;
    if (!Header::parseProtected(job.packet->view(), header)) return refuse(job, ErrorCode::kMalformed);
    const bool hides = session.sendsCryptex() && isForCryptex(header);
    if (hides && header.csrcCount > 0) return single(job);  // what is encrypted is not in one piece
    if (const SrtpOutcome refusal = session.locate(session.sentRtp_, header, place)) return refuse(job, *refusal);
    if (job.packet->tailroom() < session.sendRtp_.tagSize()) return refuse(job, ErrorCode::kLimit);
    if (count_ == kBurst || (count_ > 0 && !likeTheOthers(session))) finish();
    Pending& one = pending_[count_];
    list_[count_++] = &one;
    one.job = &job;
    one.cipher = session.sendRtp_.burstCipher();
    one.index = place.index;
    one.headerSize = hides ? kCryptexStart : header.headerSize;
    one.packet = job.packet->mutableView();
    if (hides) storeBe16(one.packet.data() + kFixedHeaderSize, hiddenProfile(header.extensionProfile));
    one.iv = session.sendRtp_.counterIv(place.ssrc, place.index);
    static_cast<void>(job.packet->append(session.sendRtp_.tagSize()));
    session.sentRtp_.add(place.ssrc, place.index);
    ++session.stats_.rtpProtected;
    job.outcome.reset();
  }

  void finish() {
    if (count_ == 0) return;
    crypto::MultiBuffer& engine = *pending_[0].job->session->engine_;
    const std::span<Pending* const> all(list_.data(), count_);
    crypt(engine, all);
    for (const Pending* one : all) putRollover(*one);
    computeMacs(engine, all);
    for (const Pending* one : all) {
      std::memcpy(one->end(), one->mac.data(), one->job->session->sendRtp_.tagSize());
    }
    count_ = 0;
  }

 private:
  static void refuse(SrtpJob& job, ErrorCode code) { job.outcome = job.session->count(code); }
  // A burst has keys of one size.
  bool likeTheOthers(const SrtpSession& session) const {
    return crypto::keySize(session.profile_) == crypto::keySize(pending_[0].job->session->profile_);
  }

  size_t count_ = 0;
  std::array<Pending, kBurst> pending_;
  std::array<Pending*, kBurst> list_;
};

/// The same for packets that come: authenticated first, all of them, and what passes is decrypted.
class SrtpUnprotectBurst {
 public:
  static bool takes(const SrtpSession& session) { return session.receiveRtp_.burstCipher() != nullptr; }
  static void single(SrtpJob& job) { job.outcome = job.session->unprotectOne(*job.packet); }

  void add(SrtpJob& job) {
    SrtpSession& session = *job.session;
    const size_t tagSize = session.receiveRtp_.tagSize();
    if (count_ == kBurst || (count_ > 0 && !likeTheOthers(session))) finish();
    Pending& one = pending_[count_++];
    one.job = &job;
    one.cipher = nullptr;
    Header header;
    SrtpSession::Place place;
    // What cannot be placed now may be placed when its turn comes, behind those that are still under way.
    if (job.packet->size() < kFixedHeaderSize + tagSize ||
        !Header::parseProtected(job.packet->view().first(job.packet->size() - tagSize), header) ||
        isLeftToSingle(session, header) || session.locate(session.receivedRtp_, header, place)) {
      return;
    }
    one.hidden = session.cryptex_ != Cryptex::kOff && isCryptexProfile(header.extensionProfile);
    one.cipher = session.receiveRtp_.burstCipher();
    one.index = place.index;
    one.ssrc = place.ssrc;
    one.sequenceNumber = header.sequenceNumber;
    one.headerSize = one.hidden ? kCryptexStart : header.headerSize;
    one.packet = job.packet->mutableView().first(job.packet->size() - tagSize);
    std::memcpy(one.tag.data(), one.end(), tagSize);
    putRollover(one);
  }

  void finish() {
    if (count_ == 0) return;
    crypto::MultiBuffer& engine = *pending_[0].job->session->engine_;
    std::array<Pending*, kBurst> list;
    size_t size = 0;
    for (Pending& one : std::span(pending_).first(count_)) {
      if (one.cipher) list[size++] = &one;
    }
    computeMacs(engine, {list.data(), size});
    for (const Pending* one : std::span(list).first(size)) {
      std::memcpy(one->end(), one->tag.data(), one->job->session->receiveRtp_.tagSize());
    }
    size = 0;
    for (Pending& one : std::span(pending_).first(count_)) {
      if (settle(one)) list[size++] = &one;
    }
    crypt(engine, {list.data(), size});
    for (const Pending* one : std::span(list).first(size)) {
      if (!one->hidden) continue;
      uint8_t* profile = one->packet.data() + kFixedHeaderSize;
      storeBe16(profile, plainProfile(loadBe16(profile)));
    }
    count_ = 0;
  }

 private:
  // With CSRCs what is encrypted is not in one piece; what should have been encrypted is refused in its turn.
  static bool isLeftToSingle(const SrtpSession& session, const Header& header) {
    if (session.cryptex_ == Cryptex::kOff) return false;
    if (isCryptexProfile(header.extensionProfile)) return header.csrcCount > 0;
    return !session.mayComePlain(header);
  }

  // In the order of the batch, against the state that the packets before have left. True: to be decrypted.
  static bool settle(Pending& one) {
    SrtpJob& job = *one.job;
    SrtpSession& session = *job.session;
    const ReplayWindow* window = one.cipher ? session.receivedRtp_.find(one.ssrc) : nullptr;
    if (!window || estimateIndex(*window, one.sequenceNumber) != one.index) {
      single(job);
      return false;
    }
    const size_t tagSize = session.receiveRtp_.tagSize();
    if (window->check(one.index) != ReplayWindow::Verdict::kNew) {
      job.outcome = session.count(ErrorCode::kReplayed);
      return false;
    }
    if (!crypto::equalConstantTime(ByteView(one.mac).first(tagSize), ByteView(one.tag).first(tagSize))) {
      if (!window->started()) {  // its rollover counter may be 1: the single path tries both
        single(job);
        return false;
      }
      job.outcome = session.count(ErrorCode::kUnauthenticated);
      return false;
    }
    session.receivedRtp_.add(one.ssrc, one.index);
    job.packet->trimBack(tagSize);
    ++session.stats_.rtpUnprotected;
    one.iv = session.receiveRtp_.counterIv(one.ssrc, one.index);
    job.outcome.reset();
    return true;
  }

  bool likeTheOthers(const SrtpSession& session) const {
    return crypto::keySize(session.profile_) == crypto::keySize(pending_[0].job->session->profile_);
  }

  size_t count_ = 0;
  std::array<Pending, kBurst> pending_;
};

namespace {

template <class Burst>
size_t run(std::span<SrtpJob> jobs) {
  std::optional<Burst> burst;  // several KB, which GCM never needs
  for (SrtpJob& job : jobs) {
    // A session is always of one kind, so that its packets keep their order.
    if (!Burst::takes(*job.session)) {
      Burst::single(job);
      continue;
    }
    if (!burst) burst.emplace();
    burst->add(job);
  }
  if (burst) burst->finish();
  return static_cast<size_t>(std::count_if(jobs.begin(), jobs.end(), [](const SrtpJob& job) { return !job.outcome; }));
}

template <class Burst>
size_t runOne(SrtpSession& session, std::span<PacketBuffer> packets, std::span<SrtpOutcome> outcomes) {
  std::array<SrtpJob, kBurst> jobs;
  size_t passed = 0;
  for (size_t start = 0; start < packets.size(); start += kBurst) {
    const size_t size = std::min(kBurst, packets.size() - start);
    for (size_t i = 0; i < size; ++i) jobs[i] = {&session, &packets[start + i]};
    passed += run<Burst>(std::span(jobs).first(size));
    for (size_t i = 0; i < size && start + i < outcomes.size(); ++i) outcomes[start + i] = jobs[i].outcome;
  }
  return passed;
}

}  // namespace

size_t protectBatch(std::span<SrtpJob> jobs) {
  return run<SrtpProtectBurst>(jobs);
}
size_t unprotectBatch(std::span<SrtpJob> jobs) {
  return run<SrtpUnprotectBurst>(jobs);
}

size_t SrtpSession::protect(std::span<PacketBuffer> packets, std::span<SrtpOutcome> outcomes) {
  return runOne<SrtpProtectBurst>(*this, packets, outcomes);
}

size_t SrtpSession::unprotect(std::span<PacketBuffer> packets, std::span<SrtpOutcome> outcomes) {
  return runOne<SrtpUnprotectBurst>(*this, packets, outcomes);
}

}  // namespace tincan::inline v0::rtp
