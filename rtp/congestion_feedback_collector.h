#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ecn.h"
#include "base/sequence.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/feedback_opening.h"
#include "rtp/rtcp/congestion_feedback.h"

namespace tincan::inline v0::rtp {

/// The receiving side of RFC 8888: notes of each source which packets came, when, and with which ECN mark, and tells the
/// sender in regular reports. Owned by whoever receives from one transport.
///
/// A report of a source goes on where the one before it ended, so that what was lost between two is told too; in the
/// first second (FeedbackOpening) what one has told, the next one tells again. A packet that comes after it was told as missing has the next report start there again. The last `kWindow` numbers of the
/// last `kMostSources` sources are remembered; what is older is not told. No allocation a packet.
class CongestionFeedbackCollector {
 public:
  /// RFC 8888 §3: once a frame or so; a marking queue wants to be answered within few round trips, and at a rate of a
  /// megabit a report this often costs 2 % of it.
  static constexpr Duration kDefaultInterval = Duration::millis(50);
  /// A report with its header stays below this, to fit into any path with SRTCP's overhead.
  static constexpr size_t kMaxReportSize = 1100;
  /// As many as a session receives; of more, those heard last.
  static constexpr size_t kMostSources = 64;
  static constexpr int64_t kWindow = 1024;

  explicit CongestionFeedbackCollector(Ssrc sender, Duration interval = kDefaultInterval)
      : sender_(sender), interval_(interval) {}

  void onPacket(Ssrc source, uint16_t sequence, TimePoint arrival, Ecn ecn);
  /// Who the reports say they are from, after a change of SSRC.
  void setSender(Ssrc sender) { sender_ = sender; }
  /// When the next report is due; never while there is nothing to tell.
  TimePoint nextTimeout() const { return due_; }
  /// The report that is due at `now`; call until it gives none (much to tell needs several). `wall`: the same moment on
  /// the clock of our sender reports (§3.1).
  std::optional<rtcp::CongestionFeedback> poll(TimePoint now, NtpTime wall);

 private:
  struct Arrival {
    TimePoint at = TimePoint::never();
    Ecn ecn = Ecn::kNotCapable;
  };
  struct Source {
    Ssrc ssrc;
    TimePoint heardAt;
    SequenceUnwrapper<uint16_t> unwrapper;
    std::vector<Arrival> arrivals;  // a ring by unwrapped number, of (highest - kWindow, highest]
    int64_t highest = 0;
    int64_t next = 0;  // the first number that was not told; past highest when all is told
    int64_t from = 0;  // the number that the next report starts with: next, or what is told again before it

    Arrival& at(int64_t number) { return arrivals[static_cast<size_t>(number & (kWindow - 1))]; }
    void advanceTo(int64_t number);
  };

  Source& sourceOf(Ssrc ssrc, uint16_t sequence, TimePoint now);

  Ssrc sender_;
  Duration interval_;
  TimePoint due_ = TimePoint::never();
  std::vector<Source> sources_;
  FeedbackOpening opening_;
  bool opens_ = false;  // the report that is due is of the opening
};

}  // namespace tincan::inline v0::rtp
