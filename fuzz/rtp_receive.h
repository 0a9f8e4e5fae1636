#pragma once

#include <memory>
#include <vector>

#include "base/random.h"
#include "fuzz/require.h"
#include "rtp/extension_values.h"
#include "rtp/extensions.h"
#include "rtp/payload/payload_format.h"
#include "rtp/repair/rtx.h"
#include "rtp/rtcp/packet.h"
#include "rtp/srtp_session.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the path of a packet that comes, from the first byte (RFC 7983 §7, RFC 5761 §4) over SRTP, header,
/// extensions and RTX to the payload of every video format, or to RTCP's blocks. The first byte picks the profile;
/// each step is a packet: bytes of the input from a hostile network, or the same bytes from a hostile peer that has the
/// keys, or one of those again. What the network makes up must not pass; what the peer sends must come out as sent.
class RtpReceivePath {
 public:
  explicit RtpReceivePath(uint8_t start) : sender_(keysOf(start), config()), receiver_(keysOf(start), config()) {
    types_.add(PayloadType(96), PayloadType(97));
  }

  void fromNetwork(ByteView bytes) { require(!arrives(bytes)); }

  void fromPeer(ByteView bytes) {
    PacketBuffer packet = pool_.copy(bytes);
    if (!packet || bytes.size() < 2) return;
    const bool rtcp = rtp::isRtcp(bytes);
    // The peer numbers its packets as it must, or SRTP would not send them.
    if (!rtcp && bytes.size() >= 4) storeBe16(packet.data() + 2, ++sequence_);
    const Bytes plain = toBytes(packet.view());
    if (!(rtcp ? sender_.protectRtcp(packet) : sender_.protect(packet)).ok()) return;
    last_ = toBytes(packet.view());
    // One SSRC in step, another far behind or ahead: all pass, since each has a window of its own.
    require(arrives(last_, &plain));
  }

  void again() {
    if (!last_.empty()) require(!arrives(last_));
  }

 private:
  static rtp::SrtpConfig config() {
    static const std::unique_ptr<crypto::MultiBuffer> kShared = crypto::MultiBuffer::create();
    rtp::SrtpConfig out;
    out.shared = kShared.get();
    out.receiveSsrcs = 4;
    return out;
  }
  static crypto::SrtpKeys keysOf(uint8_t start) {
    constexpr crypto::SrtpProfile kProfiles[] = {crypto::SrtpProfile::kAeadAes128Gcm,
                                                 crypto::SrtpProfile::kAes128CmSha1_80};
    SeededRandom random(2);
    crypto::SrtpKeys keys;
    keys.profile = kProfiles[start & 1];
    keys.localKey = crypto::SecretBytes(crypto::keySize(keys.profile));
    keys.localSalt = crypto::SecretBytes(crypto::saltSize(keys.profile));
    random.fill(keys.localKey.mutableView());
    random.fill(keys.localSalt.mutableView());
    keys.remoteKey = keys.localKey;
    keys.remoteSalt = keys.localSalt;
    return keys;
  }

  // True when SRTP or SRTCP passed it.
  bool arrives(ByteView wire, const Bytes* plain = nullptr) {
    PacketBuffer packet = pool_.copy(wire);
    if (!packet || wire.size() < 2 || wire[0] < 128 || wire[0] > 191) return false;
    const bool rtcp = rtp::isRtcp(wire);
    if (!(rtcp ? receiver_.unprotectRtcp(packet) : receiver_.unprotect(packet)).ok()) {
      require(equalBytes(packet.view(), wire));
      return false;
    }
    if (plain) require(equalBytes(packet.view(), *plain));
    rtcp ? walkRtcp(packet.view()) : walkRtp(packet);
    return true;
  }

  void walkRtcp(ByteView compound) { static_cast<void>(rtp::rtcp::parseCompound(compound, parsed_)); }

  void walkRtp(PacketBuffer& packet) {
    rtp::Header header;
    if (!rtp::Header::parse(packet.view(), header)) return;
    rtp::RtxReceiver rtx(Ssrc(1), types_);
    if (header.payloadType == PayloadType(97) && rtx.restore(packet) == rtp::RtxReceiver::Outcome::kRestored) {
      require(rtp::Header::parse(packet.view(), header));
    }
    rtp::ExtensionReader reader(packet.view(), header);
    rtp::ExtensionReader::Element element;
    while (reader.next(element)) require(element.offset + size_t{element.size} <= header.headerSize);
    const ByteView payload = header.payload(packet.view());
    constexpr rtp::VideoFormat kFormats[] = {rtp::VideoFormat::kVp8, rtp::VideoFormat::kVp9, rtp::VideoFormat::kH264,
                                             rtp::VideoFormat::kH265, rtp::VideoFormat::kAv1};
    for (const rtp::VideoFormat format : kFormats) {
      rtp::Depacketized out;
      if (!rtp::depacketize(format, payload, header.marker, out)) continue;
      // Views point into the packet.
      require(out.payload.empty() || (out.payload.data() >= payload.data() &&
                                      out.payload.data() + out.payload.size() <= payload.data() + payload.size()));
    }
  }

  PacketPool pool_;
  rtp::SrtpSession sender_, receiver_;
  rtp::RtxPayloadTypes types_;
  std::vector<rtp::rtcp::Packet> parsed_;
  Bytes last_;
  uint16_t sequence_ = 0;
};

inline void fuzzRtpReceive(ByteView input) {
  ByteReader reader(input);
  RtpReceivePath path(reader.u8());
  for (int steps = 0; steps < 200 && reader.remaining() > 1; ++steps) {
    const uint8_t action = reader.u8();
    const size_t size = reader.u8();
    if (action % 8 == 0) {
      path.again();
      continue;
    }
    const ByteView bytes = reader.view(std::min(size, reader.remaining()));
    action % 8 == 1 ? path.fromNetwork(bytes) : path.fromPeer(bytes);
  }
}

}  // namespace tincan::inline v0::fuzz
