#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sdp/input.h"
#include "ice/candidate.h"
#include "sdp/session.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::apps {

/// One thing about a description that is worth a word.
struct SdpFinding {
  enum class Kind : uint8_t {
    kRefused,   ///< the description cannot be used because of it
    kForgiven,  ///< against a rule, and mended or left out
    kUnusual,   ///< allowed, and not what browsers of today write
  };
  Kind kind = Kind::kUnusual;
  size_t line = 0;    ///< from 1; 0: of no one line
  size_t column = 0;  ///< where on the line it begins, from 1
  std::string what;
  std::string rule;  ///< "RFC 8866 §6.4"; may be empty
};
std::string_view name(SdpFinding::Kind kind);  ///< "refused", "forgiven", "unusual"

/// What tincan says to one m-line of an offer.
struct SdpAnswered {
  bool accepted = false;
  std::string why;  ///< of a rejection
  std::vector<stack::CodecSpec> codecs;
  sdp::Direction direction = sdp::Direction::kInactive;  ///< as tincan's answer has it
};

struct SdpSection {
  /// m=application is BFCP's, too.
  bool isData() const;
  bool isMedia() const { return kind == "audio" || kind == "video"; }

  size_t line = 0;  ///< of m=
  std::string kind, protocol;
  std::string mid;
  sdp::Direction direction = sdp::Direction::kSendRecv;
  bool rejected = false, bundleOnly = false;
  std::vector<stack::CodecSpec> codecs;
  std::vector<sdp::ExtMap> extensions;
  std::vector<sdp::Bandwidth> bandwidths;
  std::vector<sdp::Msid> msids;
  std::vector<uint32_t> ssrcs;
  size_t sourceTracks = 0;  ///< that a=ssrc lines name, where a=msid does not
  std::string cname;
  std::vector<sdp::Rid> rids;
  std::optional<uint16_t> sctpPort;
  std::optional<uint64_t> maxMessageSize;
  std::optional<SdpAnswered> answered;
};

/// One ICE and DTLS transport, for all m-lines of a BUNDLE group or for one.
struct SdpTransport {
  std::vector<size_t> sections;  ///< m-line indices
  bool bundle = false;
  std::string ufrag;
  bool trickle = false, lite = false, endOfCandidates = false;
  std::vector<std::string> fingerprints;
  std::optional<sdp::Setup> setup;
  std::vector<ice::Candidate> candidates;  ///< of the first section
  size_t otherCandidates = 0;              ///< of the others: for a peer that does not bundle
};

/// All that `tincan sdp` says of one description.
struct SdpOverview {
  std::string name;
  std::string text;
  std::string type;  ///< "offer", "answer", "pranswer"
  std::string writer;
  size_t lines = 0;
  bool readable = false;  ///< else only `findings` says anything
  uint64_t sessionId = 0, version = 0;
  std::vector<SdpSection> sections;
  std::vector<SdpTransport> transports;
  std::vector<SdpFinding> findings;  ///< by line
  std::string answer;                ///< tincan's, to an offer that can be used; else empty
  std::string noAnswer;              ///< why there is none

  bool refused() const;
};

/// Reads it as a peer's description is read. `type`: empty, as the input says or as it looks.
SdpOverview overview(const SdpInput& input, const std::string& type);

/// The line of the text, without its end; from 1.
std::string_view lineOf(std::string_view text, size_t line);

}  // namespace tincan::inline v0::apps
