// SRTP (RFC 3711 §3.1)                              SRTCP (RFC 3711 §3.4)
//
//     |  RTP header, CSRCs, extension  |  plain          |  first 8 bytes of RTCP         |  plain
//     |  payload, padding              |  encrypted      |  the rest of the compound      |  encrypted
//     |  tag                           |                 |  (AES-CM)  E, index | tag      |
//                                                        |  (GCM)     tag | E, index      |
#include "rtp/srtp_session.h"

#include <array>

#include "rtp/header.h"
#include "rtp/srtp_cryptex.h"

namespace tincan::inline v0::rtp {
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

// The texts fit into the string itself: a flood of bad packets allocates nothing.
Result<void> asResult(ErrorCode code) {
  if (code == ErrorCode::kMalformed) return {code, "srtp packet"};
  if (code == ErrorCode::kUnauthenticated) return {code, "srtp tag"};
  if (code == ErrorCode::kReplayed) return {code, "srtp index"};
  return {code, "srtp limit"};
}

bool isRtcpHeader(ByteView packet) {
  return packet.size() >= kRtcpHeaderSize && packet[0] >> 6 == 2;
}

}  // namespace

SrtpSession::SrtpSession(const crypto::SrtpKeys& keys, const SrtpConfig& config)
    : profile_(keys.profile),
      cryptex_(config.cryptex),
      own_(makeOwn(config)),
      engine_(choose(config, own_.get())),
      sendRtp_(keys.profile, SrtpUse::kRtp, localKeys(keys, SrtpUse::kRtp), engine_),
      sendRtcp_(keys.profile, SrtpUse::kRtcp, localKeys(keys, SrtpUse::kRtcp), engine_),
      receiveRtp_(keys.profile, SrtpUse::kRtp, remoteKeys(keys, SrtpUse::kRtp), engine_),
      receiveRtcp_(keys.profile, SrtpUse::kRtcp, remoteKeys(keys, SrtpUse::kRtcp), engine_),
      sentRtp_(config.sendSsrcs),
      sentRtcp_(config.sendSsrcs),
      receivedRtp_(config.receiveSsrcs, SrtpStreams::WhenFull::kForget),
      receivedRtcp_(config.receiveSsrcs, SrtpStreams::WhenFull::kForget) {}

ErrorCode SrtpSession::count(ErrorCode code) {
  ++(code == ErrorCode::kMalformed         ? stats_.malformed
     : code == ErrorCode::kUnauthenticated ? stats_.unauthenticated
     : code == ErrorCode::kReplayed        ? stats_.replayed
                                           : stats_.refused);
  return code;
}

Result<void> SrtpSession::fail(ErrorCode code) {
  return asResult(count(code));
}

SrtpOutcome SrtpSession::locate(SrtpStreams& streams, const Header& header, Place& out) {
  out.ssrc = header.ssrc.value();
  const ReplayWindow* window = streams.find(out.ssrc);
  const std::optional<uint64_t> index = window ? estimateIndex(*window, header.sequenceNumber) : std::nullopt;
  if (!index) return ErrorCode::kLimit;
  if (window->check(*index) != ReplayWindow::Verdict::kNew) return ErrorCode::kReplayed;
  out.index = *index;
  out.first = !window->started();
  return std::nullopt;
}

// RFC 3711 §3.3.1: the rollover counter begins at 0, but the sequence number may begin close to its wrap (RFC 3550 §5.1:
// anywhere), and what was sent before the wrap may be lost. Then the first packet that comes has counter 1. An attempt
// that fails leaves the packet as it was, so both can be tried; of a stream that has begun, none.
bool SrtpSession::tryNextRollover(Place& place) {
  if (!place.first) return false;
  place.index += uint64_t{1} << 16;
  return true;
}

SrtpOutcome SrtpSession::protectOne(PacketBuffer& rtp) {
  Header header;
  if (!Header::parseProtected(rtp.view(), header)) return count(ErrorCode::kMalformed);
  if (sendsCryptex() && isForCryptex(header)) return protectCryptex(rtp, header);
  Place place;
  if (const SrtpOutcome refusal = locate(sentRtp_, header, place)) return count(*refusal);
  if (rtp.tailroom() < sendRtp_.tagSize()) return count(ErrorCode::kLimit);
  const MutableByteView packet = rtp.mutableView();
  uint8_t* tag = rtp.append(sendRtp_.tagSize());
  if (!sendRtp_.seal(packet, header.headerSize, place.ssrc, place.index, rolloverOf(place.index), tag)) {
    rtp.trimBack(sendRtp_.tagSize());
    return count(ErrorCode::kLimit);
  }
  sentRtp_.add(place.ssrc, place.index);
  ++stats_.rtpProtected;
  return std::nullopt;
}

SrtpOutcome SrtpSession::unprotectOne(PacketBuffer& rtp) {
  const size_t tagSize = receiveRtp_.tagSize();
  Header header;
  if (rtp.size() < kFixedHeaderSize + tagSize ||
      !Header::parseProtected(rtp.view().first(rtp.size() - tagSize), header)) {
    return count(ErrorCode::kMalformed);
  }
  if (cryptex_ != Cryptex::kOff) {
    if (isCryptexProfile(header.extensionProfile)) return unprotectCryptex(rtp, header);
    if (!mayComePlain(header)) return count(ErrorCode::kMalformed);
  }
  Place place;
  if (const SrtpOutcome refusal = locate(receivedRtp_, header, place)) return count(*refusal);
  const MutableByteView packet = rtp.mutableView().first(rtp.size() - tagSize);
  const auto opens = [&] {
    return receiveRtp_.open(packet, header.headerSize, place.ssrc, place.index, rolloverOf(place.index),
                            packet.data() + packet.size());
  };
  if (!opens() && !(tryNextRollover(place) && opens())) return count(ErrorCode::kUnauthenticated);
  receivedRtp_.add(place.ssrc, place.index);
  rtp.trimBack(tagSize);
  ++stats_.rtpUnprotected;
  return std::nullopt;
}

SrtpOutcome SrtpSession::protectCryptex(PacketBuffer& rtp, const Header& header) {
  Place place;
  if (const SrtpOutcome refusal = locate(sentRtp_, header, place)) return count(*refusal);
  if (!sendRtp_.isKeyed() || rtp.tailroom() < sendRtp_.tagSize()) return count(ErrorCode::kLimit);
  const size_t csrcBytes = size_t{4} * header.csrcCount;
  uint16_t profile = kOneByteCryptex;
  if (!header.hasExtension) {
    // RFC 9335 §5.1: CSRCs without an extension get an empty one, which tells the receiver.
    uint8_t* start = rtp.prepend(kExtensionPrefix);
    if (!start) return count(ErrorCode::kLimit);
    std::memmove(start, start + kExtensionPrefix, kFixedHeaderSize + csrcBytes);
    start[0] |= kRtpExtensionBit;
    storeBe16(start + kFixedHeaderSize + csrcBytes + 2, 0);
  } else {
    profile = hiddenProfile(header.extensionProfile);
  }
  const MutableByteView packet = rtp.mutableView();
  storeBe16(packet.data() + kFixedHeaderSize + csrcBytes, profile);
  uint8_t* tag = rtp.append(sendRtp_.tagSize());
  sendRtp_.sealCryptex(packet, csrcBytes, place.ssrc, place.index, rolloverOf(place.index), tag);
  sentRtp_.add(place.ssrc, place.index);
  ++stats_.rtpProtected;
  return std::nullopt;
}

SrtpOutcome SrtpSession::unprotectCryptex(PacketBuffer& rtp, const Header& header) {
  Place place;
  if (const SrtpOutcome refusal = locate(receivedRtp_, header, place)) return count(*refusal);
  const MutableByteView packet = rtp.mutableView().first(rtp.size() - receiveRtp_.tagSize());
  const size_t csrcBytes = size_t{4} * header.csrcCount;
  const auto opens = [&] {
    return receiveRtp_.openCryptex(packet, csrcBytes, place.ssrc, place.index, rolloverOf(place.index),
                                   packet.data() + packet.size());
  };
  if (!opens() && !(tryNextRollover(place) && opens())) return count(ErrorCode::kUnauthenticated);
  storeBe16(packet.data() + kFixedHeaderSize + csrcBytes, plainProfile(header.extensionProfile));
  receivedRtp_.add(place.ssrc, place.index);
  rtp.trimBack(receiveRtp_.tagSize());
  ++stats_.rtpUnprotected;
  return std::nullopt;
}

Result<void> SrtpSession::protect(PacketBuffer& rtp) {
  const SrtpOutcome outcome = protectOne(rtp);
  if (!outcome) [[likely]]
    return {};
  return asResult(*outcome);
}

Result<void> SrtpSession::unprotect(PacketBuffer& rtp) {
  const SrtpOutcome outcome = unprotectOne(rtp);
  if (!outcome) [[likely]]
    return {};
  return asResult(*outcome);
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

}  // namespace tincan::inline v0::rtp
