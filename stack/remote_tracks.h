#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stack/jsep/remote_description.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

/// A remote track that came or went with a description.
struct TrackChange {
  std::shared_ptr<RtpTransceiver> transceiver;
  bool added = false;
  std::vector<MediaStreamPtr> streams{};         ///< that it is in now
  std::vector<MediaStreamPtr> joined{}, left{};  ///< since the description before
  bool fires = false;                            ///< ontrack is told
  bool ends = false;  ///< for good: its section was rejected, and the transceiver has stopped
};

/// W3C webrtc-pc §5.1.1: which receivers' tracks the peer's descriptions say it sends, and in which streams. Owned by
/// MediaLines.
class RemoteTracks {
 public:
  /// As this section of a description says. A provisional answer stops nothing: the final one may take what it rejects.
  void apply(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section,
             bool provisional = false);
  /// The same, of what a description before said: rollback does the reverse of what was done.
  void set(const std::shared_ptr<RtpTransceiver>& transceiver, bool now, std::vector<MediaStreamPtr> streams);
  /// Since the last call.
  std::vector<TrackChange> takeChanges();

 private:
  void applyStreams(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section, bool now);

  std::map<std::string, std::weak_ptr<media::MediaStream>> streams_;
  std::vector<TrackChange> changes_;
};

}  // namespace tincan::inline v0::stack
