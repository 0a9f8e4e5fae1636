#pragma once

#include <optional>

#include "rtp/payload/payload_format.h"
#include "rtp/payload/picture_numbers.h"
#include "rtp/received_packet.h"
#include "rtp/rewriter.h"
#include "session/inbound_stream.h"

namespace tincan::inline v0::session {

/// A received packet as those see it who forward it: what they all need to know is found once, whatever their number.
/// Views the packet: valid while it is.
struct ForwardedPacket {
  const rtp::ReceivedPacket* packet = nullptr;
  rtp::PacketRewriter places;
  /// The first packet of a frame that needs none before it, by its dependency descriptor, or else by its payload; of
  /// sound, each is.
  bool startsKeyFrame = false;
  rtp::PictureNumbers numbers;
  std::optional<NtpTime> sampled;  ///< in the sender's wall time, once its reports say it (RFC 3550 §6.4.1)

  /// `ids` of the section it came by; `format`: none for sound, and for what is not understood and yet forwarded.
  /// Nothing when it cannot be forwarded: a malformed payload.
  static std::optional<ForwardedPacket> of(const rtp::ReceivedPacket& packet, const InboundStream& stream,
                                           const rtp::ExtensionMap& ids, std::optional<rtp::VideoFormat> format);
};

}  // namespace tincan::inline v0::session
