#pragma once

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
};

}  // namespace tincan::inline v0::ice
