#pragma once

#include "stack/configuration.h"

namespace tincan::inline v0::stack {

/// W3C webrtc-pc §4.7.3: when onnegotiationneeded is fired. Once for whatever changes in one turn, again only after a
/// round that did not settle it, and never while a round is under way.
///
///     idle ── update() ──► queued ── check(): stable, needed ──► told ── stable again: settle() ──► idle
///       ▲                     │                                    │ update(): nothing, it is told
///       └── check(): else ────┘                                    └ update(), no longer needed: idle
class NegotiationNeeded {
 public:
  /// Something changed that may need a round. True: queue a task that calls check().
  bool update(bool needed);
  /// That task. True: fire the event now.
  bool check(RTCSignalingState state, bool needed);
  /// The signalling state has become stable: what is needed from now on is told anew. Call update() then.
  void settle() { told_ = false; }

 private:
  bool queued_ = false;
  bool told_ = false;  ///< the W3C's [[NegotiationNeeded]]
};

}  // namespace tincan::inline v0::stack
