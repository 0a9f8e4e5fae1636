#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "crypto/certificate.h"
#include "dtls/connection.h"
#include "ice/candidate.h"
#include "ice/credentials.h"
#include "sctp/data_channels.h"
#include "stack/negotiation.h"
#include "stack/transport.h"

/// What calls of the API ask of the machines below. A call knows no time: it leaves a value, and PeerConnection::settle
/// carries it out with the time of the next input, in the order of the calls.
namespace tincan::inline v0::stack::command {

/// Of the first description, which connectTime counts from.
struct NoteDescription {};
/// `path`: which of the transports, as Negotiation counts them.
struct Gather {
  uint32_t path = 0;
};
/// A new generation, with credentials that a local description has told.
struct RestartIce {
  uint32_t path = 0;
  ice::Credentials local;
};
/// The local description that told it is taken back, before it was answered.
struct TakeBackRestart {
  uint32_t path = 0;
};
/// Both descriptions are there: whom ICE checks with, and which DTLS role the answer chose.
struct SetRemoteTransport {
  uint32_t path = 0;
  Transport::RemoteIce ice;
  std::vector<ice::Candidate> candidates;
  bool endOfCandidates = false;
  dtls::Role role = dtls::Role::kServer;  ///< ours as the answer has it, of whichever side that is
  std::vector<crypto::Fingerprint> fingerprints;
  bool otherPeer = false;  ///< RFC 8842 §5.1: none of its certificates is one of before
  bool otherTag = false;   ///< RFC 9143 §7.3.3: the tagged section is another one, and may be of another transport
};
struct AddCandidate {
  uint32_t path = 0;
  ice::Candidate candidate;
};
struct EndCandidates {
  uint32_t path = 0;
};
/// An offer of ours takes the transport from the tagged section: the peer may move before its answer is here.
struct PrepareRenewal {
  uint32_t path = 0;
};
/// That offer was taken back.
struct EndPreparedRenewal {
  uint32_t path = 0;
};
/// Transports that no description needs any more leave.
struct KeepTransports {};
/// What an answer says, a provisional one included, or what a rollback goes back to.
struct ApplySections {
  std::vector<NegotiatedSection> sections;
};
struct StartSctp {
  uint32_t path = 0;
  sctp::DataChannels::Config config;
  Bytes localInit, remoteInit;  ///< SNAP: as both descriptions told them, or empty
};
struct StopSctp {
  bool rejected = false;  ///< and not taken back; as the descriptions said it when this was asked
};
/// What was done to channels.
struct FlushChannels {};
struct RequestKeyFrame {
  std::shared_ptr<RtpReceiver> receiver;
};
/// The goodbyes, and the end of everything that was open.
struct Close {};

}  // namespace tincan::inline v0::stack::command

namespace tincan::inline v0::stack {

using CommandVariant =
    std::variant<command::NoteDescription, command::Gather, command::RestartIce, command::TakeBackRestart,
                 command::SetRemoteTransport, command::AddCandidate, command::EndCandidates, command::PrepareRenewal,
                 command::EndPreparedRenewal, command::KeepTransports, command::ApplySections, command::StartSctp,
                 command::StopSctp, command::FlushChannels, command::RequestKeyFrame, command::Close>;
/// A type of its own, so that peer_connection.h need not know what is in it.
struct Command : CommandVariant {
  using CommandVariant::CommandVariant;
};

}  // namespace tincan::inline v0::stack
