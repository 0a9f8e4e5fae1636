#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "media/lip_sync.h"
#include "stack/media_receiver.h"

namespace tincan::inline v0::stack {

/// Keeps sound and pictures of one stream together: finds out which receivers of a session belong together, measures
/// them, and gives each the extra delay that LipSync says. Owned by MediaReceivers. No allocation once its lists have
/// grown.
class StreamSync {
 public:
  using Receivers = std::unordered_map<Ssrc, std::unique_ptr<MediaReceiver>>;

  /// To be called with every packet: acts twice a second. Where nothing comes nothing is out of step.
  void run(TimePoint now, const Receivers& receivers);

 private:
  static bool belongTogether(const MediaReceiver& a, const MediaReceiver& b);
  static bool haveStreams(const MediaReceiver& a, const MediaReceiver& b);
  void takeGroup();
  void align(std::span<MediaReceiver* const> group);

  TimePoint next_;
  std::vector<MediaReceiver*> left_, group_, measured_;
  std::vector<media::LipSync::Stream> streams_;
};

}  // namespace tincan::inline v0::stack
