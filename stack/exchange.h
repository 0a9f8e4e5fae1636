#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stack/configuration.h"
#include "stack/jsep/added_candidates.h"
#include "stack/jsep/plan.h"
#include "stack/jsep/remote_description.h"

namespace tincan::inline v0::stack {

/// What was gathered for one transport: candidates without "candidate:" in front.
struct GatheredCandidates {
  std::vector<std::string> candidates;
  bool over = false;
};

/// A description of ours as it is set.
struct LocalDescription {
  SessionPlan plan;
  std::string text;
  bool changedByPage = false;  ///< the plan does not say all that the text does
};

/// One offer with its answer, whole or on the way.
struct Exchange {
  bool weOffered = false;
  SessionPlan local;
  std::string localSdp;
  bool changedByPage = false;  ///< LocalDescription::changedByPage
  RemoteDescription remote;
  std::string remoteSdp;
  std::vector<AddedCandidate> added;  ///< to remoteSdp, by addIceCandidate
  bool hasLocal = false, hasRemote = false;

  void setLocal(LocalDescription description);

  /// The two descriptions as pages see them; nullopt while there is none. `provisional`: the answer is, if it is there.
  std::optional<RTCSessionDescription> localDescription(bool provisional,
                                                        const std::map<size_t, GatheredCandidates>& gathered) const;
  std::optional<RTCSessionDescription> remoteDescription(bool provisional) const;
  /// The encodings of a section that we send, as both descriptions say, in our order; none: it has one without a name.
  std::vector<RidSpec> sentRids(size_t section) const;
  /// Our description, with its answer where there is one, has a section that lives.
  bool hasTransport() const;
  /// Of a whole one that left not one section: why, in one sentence. Empty otherwise.
  std::string whyNothingAgreed() const;
};

}  // namespace tincan::inline v0::stack
