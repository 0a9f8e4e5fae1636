#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/jsep/remote_description.h"
#include "stack/jsep/types.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

class MediaLines;
struct Exchange;

/// One m-line that both sides have agreed on: what MediaSession sends and receives by.
struct NegotiatedSection {
  std::string mid;
  uint32_t transport = 0;  ///< which one carries it
  bool ownRtcp = false;    ///< and RTCP has a path of its own beside it
  std::shared_ptr<RtpTransceiver> transceiver;
  bool send = false, receive = false;
  std::vector<CodecSpec> codecs;       ///< what the peer may send, with our parameters
  std::optional<CodecSpec> sending{};  ///< what we send, with the peer's parameters; none: the first of `codecs`
  std::vector<CodecSpec> sendable{};   ///< all that the peer takes, likewise: frames may come encoded
  std::vector<ExtensionSpec> extensions;
  bool extmapAllowMixed = false;  ///< both take two-byte headers beside one-byte ones (RFC 8285 §6)
  std::vector<uint32_t> remoteSsrcs;
  std::vector<RtxPair> remoteRtx;
  std::vector<std::string>
      sendRids;  ///< of simulcast, in the order of the sender's encodings; empty: one, without name
  std::vector<std::string> receiveRids;  ///< likewise, of the receiver's layers

  /// Of a section that has codecs.
  const CodecSpec& sendingCodec() const { return sending ? *sending : codecs.front(); }
};

struct NegotiatedData {
  uint32_t transport = 0;
  uint16_t localPort = 5000, remotePort = 5000;  ///< of SCTP
  uint64_t maxMessageSize = 65536;
  Bytes localInit{}, remoteInit{};  ///< where both have told theirs (SNAP); else empty
};

/// What an exchange that has its answer says, for the m-lines that it was applied to.
std::vector<NegotiatedSection> negotiatedSections(const Exchange& exchange, const MediaLines& lines,
                                                  const media::CodecFactory& factory);
std::optional<NegotiatedData> negotiatedData(const Exchange& exchange, const MediaLines& lines);

}  // namespace tincan::inline v0::stack
