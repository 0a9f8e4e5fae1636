#pragma once

#include <cstdint>
#include <vector>

#include "stack/command.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {

/// What each command asks of the machines, at one moment. A transport that has left since is asked nothing. Made by
/// PeerConnection::settle() for each command.
struct PeerConnection::Executor {
  PeerConnection& pc;
  TimePoint now;

  void operator()(const command::NoteDescription&) const;
  void operator()(const command::Gather& gather) const;
  void operator()(const command::RestartIce& restart) const;
  void operator()(const command::TakeBackRestart& back) const;
  void operator()(const command::SetRemoteTransport& remote) const;
  void operator()(const command::AddCandidate& add) const;
  void operator()(const command::EndCandidates& end) const;
  void operator()(const command::PrepareRenewal& prepare) const;
  void operator()(const command::EndPreparedRenewal& end) const;
  void operator()(const command::KeepTransports&) const;
  void operator()(const command::ApplySections& apply) const;
  void operator()(const command::StartSctp& start) const;
  void operator()(const command::StopSctp& stop) const;
  void operator()(const command::FlushChannels&) const;
  void operator()(const command::RequestKeyFrame& request) const;
  void operator()(const command::Close&) const;

 private:
  Transport* find(uint32_t id) const;
  void keepTransports(const std::vector<uint32_t>& needed) const;
  void leaveRtcp(const TransportPath& rtcp) const;
  void setRtcp(const TransportPath& rtcp, Transport* transport) const;
  void moveChannels(Transport* to) const;
};

}  // namespace tincan::inline v0::stack
