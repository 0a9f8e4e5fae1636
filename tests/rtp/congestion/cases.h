#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/rtp/congestion/media_flow.h"

namespace tincan::inline v0::rtp::line {

/// A figure that a case has reached, and what it is held to.
struct Check {
  std::string what;
  double value = 0;
  double bound = 0;
  bool atLeast = true;  ///< else at most
  bool passed() const { return atLeast ? value >= bound : value <= bound; }
};

/// Means of 200 ms each.
struct Series {
  std::string name;
  std::vector<double> rates;  ///< bits a second, as they left the bottleneck
  bool media = true;
};

struct CaseResult {
  std::string name, title;
  std::vector<Check> checks;
  double seconds = 0;
  double utilisation = 0;                             ///< the least of all phases, each without its first 5 s
  double queueMean = 0, queueP95 = 0;                 ///< ms, of media packets
  double loss = 0;                                    ///< of media packets
  std::vector<double> capacity, queue, lossOverTime;  ///< for the plot: bits a second, ms, share
  std::vector<Series> flows;
  bool passed() const;
};

using MakeController = MediaFlow::MakeController;

/// How the figures are measured, after the metrics that RFC 8867 wants of each case. Utilisation: what left the first
/// bottleneck, of all flows (TCP and datagrams too), over what it could carry; of each phase without its first 5 s, the
/// worst phase. Queueing delay and loss: of the packets of the media flows alone, as they saw the bottleneck. Jain's
/// index: of mean rates once all flows are there. Beside short TCPs (§5.7) no bound of delay is asked for: two of their
/// bursts fill 120 ms by themselves.
/// RFC 8867 §5.1 to §5.8, RFC 8869 §4.1 and §4.2's wired bottleneck, and ours. The same seed gives the same figures.
std::vector<std::string> caseNames();
CaseResult runCase(const std::string& name, const MakeController& make, uint64_t seed = 1);
/// The default controller.
MakeController delayLoss();
/// "delay-loss", "scream" or "fixed"; anything else is the default.
MakeController controllerNamed(const std::string& name);

}  // namespace tincan::inline v0::rtp::line
