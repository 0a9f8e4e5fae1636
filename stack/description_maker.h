#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "media/codec/codec_factory.h"
#include "stack/jsep/payload_type_table.h"
#include "stack/jsep/plan.h"
#include "stack/local_codecs.h"
#include "stack/media_lines.h"

namespace tincan::inline v0::stack {

/// What our side of the transport says of itself in every description.
struct LocalTransport {
  std::string iceUfrag, icePwd;
  std::string fingerprint;
  std::map<uint32_t, bool> dtlsIsClient;  ///< of the transports whose role is known
  bool iceLite = false, renomination = false, sped = false;
  /// Our INIT for descriptions (SNAP): told in an offer if `offersInit`, and in an answer to an offer that has one.
  Bytes sctpInit{};
  bool offersInit = false;
  std::optional<Bytes> runningInit{};  ///< what descriptions told of the association in force, which stays
  bool congestionFeedback = false;     ///< to be offered (RFC 8888)
};

/// A description that was made and not applied yet, and the transceivers of an offer's sections; null for data.
struct MadeDescription {
  SessionPlan plan;
  std::string text;
  std::vector<std::shared_ptr<RtpTransceiver>> transceivers;
};

/// Makes our descriptions (RFC 9429 §5.2, §5.3): from transceivers and m-lines to plans, from plans to text. It changes
/// nothing. Owned by Negotiation.
class DescriptionMaker {
 public:
  /// The same in all descriptions of a connection.
  struct Identity {
    uint64_t sessionId = 0;
    std::string cname;
    bool cryptex = true;  ///< we take hidden headers (RFC 9335)
    RTCBundlePolicy bundlePolicy = RTCBundlePolicy::kBalanced;
    RTCRtcpMuxPolicy rtcpMuxPolicy = RTCRtcpMuxPolicy::kRequire;
    FecSettings fec{};
  };
  DescriptionMaker(const MediaLines& lines, const media::CodecFactory& codecs, Identity identity)
      : lines_(lines), factory_(codecs), identity_(std::move(identity)) {}

  const Identity& identity() const { return identity_; }
  LocalCodecs codecs() const { return LocalCodecs(factory_, identity_.fec); }
  /// `numbers`: what payload types have meant so far.
  Result<MadeDescription> offer(const LocalTransport& transport, bool wantsData, uint64_t version,
                                const PayloadTypeTable& numbers) const;
  Result<MadeDescription> answer(const RemoteDescription& offer, const LocalTransport& transport,
                                 uint64_t version) const;

 private:
  /// What an offer is made with.
  struct Choice {
    LocalCodecs codecs;
    PayloadTypeTable numbers;
    uint32_t nextMid = 0;
    std::vector<ExtensionSpec> extensions{};  ///< what their ids mean in any section, each URI and id once
  };

  MadeDescription planOffer(const LocalTransport& transport, bool wantsData, uint64_t version, Choice choice) const;
  SessionPlan planAnswerOf(const RemoteDescription& offer, const LocalTransport& transport, uint64_t version) const;
  void addSection(MadeDescription& made, MediaKind kind, const std::shared_ptr<RtpTransceiver>& transceiver,
                  Choice& choice) const;
  static std::vector<ExtensionSpec> planExtensions(const MediaLine& line, Choice& choice);
  SectionPlan planLine(const MediaLine& line, Choice& choice) const;
  std::vector<CodecSpec> planCodecs(const MediaLine& line, Direction direction, Choice& choice) const;
  void planTransports(SessionPlan& plan) const;
  /// `offer`: the peer's section, where this is an answer.
  void fillSend(SectionPlan& plan, const RtpTransceiver& transceiver, const RemoteSection* offer) const;
  void fillOurs(SessionPlan& plan, const LocalTransport& transport, uint64_t version) const;
  static void fillInit(SessionPlan& plan, const LocalTransport& transport, const RemoteDescription* offer);

  const MediaLines& lines_;
  const media::CodecFactory& factory_;
  const Identity identity_;
};

}  // namespace tincan::inline v0::stack
