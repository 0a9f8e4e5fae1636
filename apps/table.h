#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace tincan::inline v0::apps {

/// What the table shows, as plain values.
struct CallStats {
  struct Track {
    std::string kind;       ///< "audio", "video"
    std::string direction;  ///< "in", "out"
    std::string codec;      ///< "VP8"
    uint64_t packets = 0;
    uint64_t bytes = 0;
    double bitrate = 0;      ///< bits a second, over the last interval
    double lossPercent = 0;  ///< out: what the peer reports
    uint64_t frames = 0;     ///< decoded, or encoded; 0 for audio
    double jitterMs = 0;
  };
  struct Channel {
    std::string label;
    std::string state;
    uint64_t sent = 0, received = 0;  ///< messages
  };

  /// What congestion control thinks of the line that we send on.
  struct Line {
    double estimate = 0;  ///< bits a second
    double target = 0;    ///< that the encoders aim at, bits a second
    double lossPercent = 0, queueMs = 0;
  };

  double seconds = 0;  ///< since the call began
  std::string connectionState = "new";
  std::string iceState = "new";
  std::string pair;  ///< "192.0.2.1:5000 host → 192.0.2.2:6000 host"; empty while there is none
  double roundTripMs = 0;
  std::string dtlsVersion;  ///< "DTLS 1.2"
  std::string cipher;
  std::string srtpProfile;
  std::vector<Line> line;  ///< of each look of late, the newest last; empty where nothing is known
  std::string limitation;  ///< of our pictures: "bandwidth"; empty: none
  std::vector<Track> tracks;
  std::vector<Channel> channels;
};

/// The statistics of a call on one screen that rewrites itself, on a terminal; elsewhere one plain line now and then.
class Table {
 public:
  /// `live`: a terminal that understands ANSI escapes. `note` stands below the table ("Ctrl-C hangs up").
  Table(std::FILE* out, bool live, std::string note = {});

  void show(const CallStats& stats);
  /// The next thing written comes below the table.
  void finish();

  /// The lines of the table, without escapes, at most `width` columns wide each.
  static std::vector<std::string> lines(const CallStats& stats, size_t width);
  static std::string plainLine(const CallStats& stats);

 private:
  std::FILE* out_;
  const bool live_;
  const std::string note_;
  size_t shown_ = 0;         // lines on the screen that belong to us
  double lastPlain_ = -1e9;  // when the last plain line was written
};

/// "1.2 Mbit/s", "48 kbit/s"
std::string bitrateText(double bitsPerSecond);

}  // namespace tincan::inline v0::apps
