// SRTP (RFC 3711 §3.1)                              SRTCP (RFC 3711 §3.4)
//
//     |  RTP header, CSRCs, extension  |  plain          |  first 8 bytes of RTCP         |  plain
//     |  payload, padding              |  encrypted      |  the rest of the compound      |  encrypted
//     |  tag                           |                 |  (AES-CM)  E, index | tag      |
//                                                        |  (GCM)     tag | E, index      |
#include "rtp/srtp_session.h"

#include <array>

#include "rtp/header.h"

namespace tincan::rtp {
namespace {

constexpr size_t kRtcpHeaderSize = 8;  // with the sender's SSRC, RFC 3711 §3.4
constexpr size_t kIndexSize = 4;
constexpr uint32_t kEncryptedBit = 0x80000000;
constexpr uint64_t kMaxRtcpIndex = 0x7fffffff;

crypto::MultiBuffer* choose(const SrtpConfig& config, crypto::MultiBuffer* own) {
  if (config.engine == crypto::Engine::kLibcrypto) return nullptr;
  return config.shared ? config.shared : own;
}

std::unique_ptr<crypto::MultiBuffer> makeOwn(const SrtpConfig& config) {
  if (config.engine == crypto::Engine::kLibcrypto || config.shared) return nullptr;
  return crypto::MultiBuffer::create();
}

SrtpSessionKeys localKeys(const crypto::SrtpKeys& keys, SrtpUse use) {
  return SrtpSessionKeys::derive(keys.profile, use, keys.localKey.view(), keys.localSalt.view());
}

SrtpSessionKeys remoteKeys(const crypto::SrtpKeys& keys, SrtpUse use) {
  return SrtpSessionKeys::derive(keys.profile, use, keys.remoteKey.view(), keys.remoteSalt.view());
}

std::array<uint8_t, 4> rolloverOf(uint64_t index) {
  std::array<uint8_t, 4> out;
  storeBe32(out.data(), static_cast<uint32_t>(index >> 16));
  return out;
}

bool isRtcpHeader(ByteView packet) {
  return packet.size() >= kRtcpHeaderSize && packet[0] >> 6 == 2;
}

}  // namespace

SrtpSession::SrtpSession(const crypto::SrtpKeys& keys, const SrtpConfig& config)
    : profile_(keys.profile),
      own_(makeOwn(config)),
      engine_(choose(config, own_.get())),
      sendRtp_(keys.profile, SrtpUse::kRtp, localKeys(keys, SrtpUse::kRtp), engine_),
      sendRtcp_(keys.profile, SrtpUse::kRtcp, localKeys(keys, SrtpUse::kRtcp), engine_),
      receiveRtp_(keys.profile, SrtpUse::kRtp, remoteKeys(keys, SrtpUse::kRtp), engine_),
      receiveRtcp_(keys.profile, SrtpUse::kRtcp, remoteKeys(keys, SrtpUse::kRtcp), engine_),
      sentRtp_(config.sendSsrcs),
      sentRtcp_(config.sendSsrcs),
      receivedRtp_(config.receiveSsrcs),
      receivedRtcp_(config.receiveSsrcs) {}

// The texts fit into the string itself: a flood of bad packets allocates nothing.
Result<void> SrtpSession::fail(ErrorCode code) {
  if (code == ErrorCode::kMalformed) {
    ++stats_.malformed;
    return {code, "srtp packet"};
  }
  if (code == ErrorCode::kUnauthenticated) {
    ++stats_.unauthenticated;
    return {code, "srtp tag"};
  }
  if (code == ErrorCode::kReplayed) {
    ++stats_.replayed;
    return {code, "srtp index"};
  }
  ++stats_.refused;
  return {code, "srtp limit"};
}

Result<void> SrtpSession::protect(PacketBuffer& rtp) {
  Header header;
  if (!Header::parseProtected(rtp.view(), header)) return fail(ErrorCode::kMalformed);
  const uint32_t ssrc = header.ssrc.value();
  const ReplayWindow* window = sentRtp_.find(ssrc);
  const std::optional<uint64_t> index = window ? estimateIndex(*window, header.sequenceNumber) : std::nullopt;
  if (!index || rtp.tailroom() < sendRtp_.tagSize()) return fail(ErrorCode::kLimit);
  if (window->check(*index) != ReplayWindow::Verdict::kNew) return fail(ErrorCode::kReplayed);
  const MutableByteView packet = rtp.mutableView();
  uint8_t* tag = rtp.append(sendRtp_.tagSize());
  if (!sendRtp_.seal(packet, header.headerSize, ssrc, *index, rolloverOf(*index), tag)) {
    rtp.trimBack(sendRtp_.tagSize());
    return fail(ErrorCode::kLimit);
  }
  sentRtp_.add(ssrc, *index);
  ++stats_.rtpProtected;
  return {};
}

Result<void> SrtpSession::unprotect(PacketBuffer& rtp) {
  const size_t tagSize = receiveRtp_.tagSize();
  Header header;
  if (rtp.size() < kFixedHeaderSize + tagSize ||
      !Header::parseProtected(rtp.view().first(rtp.size() - tagSize), header)) {
    return fail(ErrorCode::kMalformed);
  }
  const uint32_t ssrc = header.ssrc.value();
  const ReplayWindow* window = receivedRtp_.find(ssrc);
  const std::optional<uint64_t> index = window ? estimateIndex(*window, header.sequenceNumber) : std::nullopt;
  if (!index) return fail(ErrorCode::kLimit);
  if (window->check(*index) != ReplayWindow::Verdict::kNew) return fail(ErrorCode::kReplayed);
  const MutableByteView packet = rtp.mutableView().first(rtp.size() - tagSize);
  if (!receiveRtp_.open(packet, header.headerSize, ssrc, *index, rolloverOf(*index), packet.data() + packet.size())) {
    return fail(ErrorCode::kUnauthenticated);
  }
  receivedRtp_.add(ssrc, *index);
  rtp.trimBack(tagSize);
  ++stats_.rtpUnprotected;
  return {};
}

Result<void> SrtpSession::protectRtcp(PacketBuffer& rtcp) {
  if (!isRtcpHeader(rtcp.view())) return fail(ErrorCode::kMalformed);
  const uint32_t ssrc = loadBe32(rtcp.data() + 4);
  const ReplayWindow* window = sentRtcp_.find(ssrc);
  // RFC 3711 §3.2.1: the index starts at 0 and counts SRTCP packets; §9.2: 2^31 of them under one key.
  const uint64_t index = window && window->started() ? window->highest() + 1 : 0;
  if (!window || index > kMaxRtcpIndex || rtcp.tailroom() < rtcpOverhead()) return fail(ErrorCode::kLimit);
  const MutableByteView packet = rtcp.mutableView();
  uint8_t* tag = rtcp.append(rtcpOverhead());
  std::array<uint8_t, kIndexSize> trailer;
  storeBe32(trailer.data(), kEncryptedBit | static_cast<uint32_t>(index));
  uint8_t* word = sendRtcp_.isAead() ? tag + sendRtcp_.tagSize() : tag;
  if (!sendRtcp_.isAead()) tag += kIndexSize;
  std::memcpy(word, trailer.data(), trailer.size());
  if (!sendRtcp_.seal(packet, kRtcpHeaderSize, ssrc, index, trailer, tag)) {
    rtcp.trimBack(rtcpOverhead());
    return fail(ErrorCode::kLimit);
  }
  sentRtcp_.add(ssrc, index);
  ++stats_.rtcpProtected;
  return {};
}

Result<void> SrtpSession::unprotectRtcp(PacketBuffer& rtcp) {
  const size_t overhead = receiveRtcp_.tagSize() + kIndexSize;
  if (!isRtcpHeader(rtcp.view()) || rtcp.size() < kRtcpHeaderSize + overhead) return fail(ErrorCode::kMalformed);
  const uint32_t ssrc = loadBe32(rtcp.data() + 4);
  const MutableByteView packet = rtcp.mutableView().first(rtcp.size() - overhead);
  const uint8_t* end = packet.data() + packet.size();
  const uint8_t* word = receiveRtcp_.isAead() ? end + receiveRtcp_.tagSize() : end;
  const uint8_t* tag = receiveRtcp_.isAead() ? end : end + kIndexSize;
  // RFC 5764 §4.1.2: the profiles encrypt SRTCP. One that says it is not encrypted does not come from such a peer.
  if ((loadBe32(word) & kEncryptedBit) == 0) return fail(ErrorCode::kMalformed);
  const uint64_t index = loadBe32(word) & kMaxRtcpIndex;
  const ReplayWindow* window = receivedRtcp_.find(ssrc);
  if (!window) return fail(ErrorCode::kLimit);
  if (window->check(index) != ReplayWindow::Verdict::kNew) return fail(ErrorCode::kReplayed);
  if (!receiveRtcp_.open(packet, kRtcpHeaderSize, ssrc, index, {word, kIndexSize}, tag)) {
    return fail(ErrorCode::kUnauthenticated);
  }
  receivedRtcp_.add(ssrc, index);
  rtcp.trimBack(overhead);
  ++stats_.rtcpUnprotected;
  return {};
}

bool SrtpSession::resumeLocal(Ssrc ssrc, uint32_t rollover, uint16_t sequenceNumber) {
  return sentRtp_.start(ssrc.value(), uint64_t{rollover} << 16 | sequenceNumber);
}

bool SrtpSession::resumeRemote(Ssrc ssrc, uint32_t rollover, uint16_t sequenceNumber) {
  return receivedRtp_.start(ssrc.value(), uint64_t{rollover} << 16 | sequenceNumber);
}

bool SrtpSession::resumeLocalRtcp(Ssrc ssrc, uint32_t index) {
  return sentRtcp_.start(ssrc.value(), index & kMaxRtcpIndex);
}

bool SrtpSession::resumeRemoteRtcp(Ssrc ssrc, uint32_t index) {
  return receivedRtcp_.start(ssrc.value(), index & kMaxRtcpIndex);
}

}  // namespace tincan::rtp
