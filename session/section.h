#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/strong_id.h"
#include "rtp/extensions.h"
#include "session/fec_types.h"

namespace tincan::inline v0::session {

/// One payload type that a section receives, and the type of its repairs.
struct Format {
  PayloadType type;
  uint32_t clockRate = 90'000;
  std::optional<PayloadType> rtxType{};
};

/// An ssrc-group of the remote description (RFC 4588 §8.8, "FID").
struct RepairPair {
  Ssrc media, repair;
};

/// By which message key frames are asked for: PLI says that some picture is missing, FIR that a decoder begins (RFC 4585
/// §6.3.1, RFC 5104 §4.3.1). For us both want one.
enum class KeyFrameRequest : uint8_t { kPli, kFir };

/// What two ends have agreed on for one kind of media, as far as RTP needs to know it: an m= section, or what stands for
/// one where there is no description.
struct Section {
  std::string mid;
  bool receive = false;
  std::vector<Format> formats;
  rtp::ExtensionMap extensions;
  std::vector<Ssrc> remoteSsrcs{};        ///< that the peer announced
  std::vector<RepairPair> remoteRtx{};    ///< likewise
  std::vector<std::string> remoteRids{};  ///< encodings that the peer sends (RFC 8853); empty: any, or none
  FecTypes fec{};                         ///< their payload types; RED's and FlexFEC's are among `formats`, too
  bool nack = false;                      ///< the session asks for what is missing (RFC 4585 §6.2.1)
  KeyFrameRequest keyFrames = KeyFrameRequest::kPli;
  bool passOld = false;             ///< with nack: packets that came before, or too late, are passed on all the same
  bool remb = false;                ///< the peer heeds what we say that we can take (draft-alvestrand-rmcat-remb-03)
  bool transportFeedback = false;   ///< the peer wants to know when each packet came
  bool congestionFeedback = false;  ///< and with which mark, in the words of RFC 8888; then not by the other, too
};

}  // namespace tincan::inline v0::session
