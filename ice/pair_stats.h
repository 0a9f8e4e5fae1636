#pragma once

#include <string>

#include "ice/candidate_pair.h"
#include "ice/events.h"

namespace tincan::inline v0::ice {

/// One pair as statistics show it.
struct PairStats {
  PairInfo info;
  CandidatePair::State state = CandidatePair::State::kFrozen;
  bool selected = false;
  CheckHistory history;
  PairTraffic traffic;
  std::string ufrag;  ///< ours, of the generation that it belongs to
};

}  // namespace tincan::inline v0::ice
