#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/time.h"
#include "ice/candidate.h"

namespace tincan::inline v0::ice {

enum class Role : uint8_t { kControlling, kControlled };

/// RTCIceConnectionState of the W3C, in its order.
enum class State : uint8_t { kNew, kChecking, kConnected, kCompleted, kDisconnected, kFailed, kClosed };
std::string_view name(State state);

enum class GatheringState : uint8_t { kNew, kGathering, kComplete };

/// The pair that data takes.
struct PairInfo {
  Candidate local, remote;
  Route route;
  Duration rtt;
  bool nominated = false;
};

struct CandidateGathered {
  Candidate candidate;
  std::string url{};                      ///< of the server that it came from; empty for a host candidate
  Duration roundTrip = Duration::zero();  ///< from the question to that server's answer
};
struct GatheringStateChanged {
  GatheringState state;
};
struct StateChanged {
  State state;
};
struct SelectedPairChanged {};
/// icecandidateerror of the W3C: code 300 to 699 is what the server said; 701 means that it was not reached.
struct CandidateError {
  std::string url;
  std::string address;
  uint16_t port = 0;
  uint16_t errorCode = 0;
  std::string errorText;
};
using Event = std::variant<CandidateGathered, GatheringStateChanged, StateChanged, SelectedPairChanged, CandidateError>;

}  // namespace tincan::inline v0::ice
