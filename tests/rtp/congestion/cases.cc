#include "tests/rtp/congestion/cases.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/fixed_rate_controller.h"
#include "rtp/congestion/scream_controller.h"
#include "tests/rtp/congestion/other_flows.h"

namespace tincan::inline v0::rtp::line {
namespace {

constexpr double kStart = 1;     // the events' clock begins here, in seconds
constexpr double kSettling = 5;  // of each phase, which utilisation leaves out
constexpr double kBucket = 0.2;  // of the plots
constexpr double kAllowedDrop = 1.5;

TimePoint at(double seconds) {
  return TimePoint::fromMicros(static_cast<int64_t>((kStart + seconds) * 1e6));
}
double secondsOf(TimePoint time) {
  return static_cast<double>(time.micros()) / 1e6 - kStart;
}
Duration millis(double ms) {
  return Duration::micros(static_cast<int64_t>(ms * 1000));
}

double rateBetween(const std::vector<Sample>& samples, double from, double until) {
  double bits = 0;
  for (const Sample& sample : samples) {
    const double left = secondsOf(sample.left);
    if (!sample.dropped && left >= from && left < until) bits += sample.size * 8.0;
  }
  return bits / (until - from);
}

double jain(const std::vector<double>& rates) {
  double sum = 0, squares = 0;
  for (const double rate : rates) {
    sum += rate;
    squares += rate * rate;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(rates.size()) * squares) : 0;
}

/// One case while it is run: the line, the flows, and what is asked of them in the end.
class Run {
 public:
  struct Phase {
    double from = 0, rate = 0;
  };

  Run(const std::string& name, const MakeController& make, uint64_t seed) : make_(make), seed_(seed) {
    out_.name = name;
  }

  Bottleneck& line(Bottleneck::Config config, std::vector<Phase> phases) {
    config.rate = phases.front().rate;
    auto& made = *lines_.emplace_back(std::make_unique<Bottleneck>(events_, config, seed_ * 31 + lines_.size()));
    for (const Phase& phase : phases) {
      events_.at(at(phase.from), [&made, rate = phase.rate] { made.setRate(rate); });
    }
    if (lines_.size() == 1) phases_ = std::move(phases);
    return made;
  }
  static Delay::Config delay(double oneWayMs, bool jitter = true) {
    // RFC 8868 §4.5.5: a deviation of 5 ms, and no more than 30 ms in all (RFC 8867 §4).
    return {millis(oneWayMs), jitter ? Duration::millis(5) : Duration::zero(), Duration::millis(15)};
  }
  MediaFlow& media(const std::string& name, const Path& path, double from, double until,
                   MediaFlow::Config config = {}) {
    config.seed = seed_ * 101 + flows_.size();
    auto& made = *media_.emplace_back(std::make_unique<MediaFlow>(events_, config, path, make_));
    made.startAt(at(from));
    made.stopAt(at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, true, path.forward});
    return made;
  }
  TcpFlow& tcp(const std::string& name, const Path& path, double from, double until, TcpFlow::Config config = {}) {
    config.seed = seed_ * 103 + flows_.size();
    auto& made = *tcp_.emplace_back(std::make_unique<TcpFlow>(events_, config, path));
    made.startAt(at(from));
    made.stopAt(at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, false, path.forward});
    return made;
  }
  void constant(const std::string& name, double rate, const Path& path, double from, double until) {
    auto& made = *constant_.emplace_back(std::make_unique<ConstantFlow>(events_, rate, path));
    made.run(at(from), at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, false, path.forward});
  }

  void run(double seconds) {
    out_.seconds = seconds;
    events_.runUntil(at(seconds));
    measure();
    plot();
  }

  double rate(size_t flow, double from, double until) const { return rateBetween(flows_[flow].samples(), from, until); }
  /// When a flow has first sent so much over half a second; the end, if never.
  double reached(size_t flow, double wanted, double from = 0) const {
    for (double time = from; time + 0.5 < out_.seconds; time += 0.1) {
      if (rate(flow, time, time + 0.5) >= wanted) return time + 0.25 - from;
    }
    return out_.seconds;
  }
  void check(std::string what, double value, double bound, bool atLeast) {
    out_.checks.push_back({std::move(what), value, bound, atLeast});
  }
  void expectUtilisation(double least) { check("utilisation", out_.utilisation, least, true); }
  void expectQueue(double mean = 25, double p95 = 100) {
    check("queue mean, ms", out_.queueMean, mean, false);
    check("queue p95, ms", out_.queueP95, p95, false);
  }
  void expectLoss(double most = 0.01) { check("loss", out_.loss, most, false); }
  /// The longest that the queue stays above 100 ms after the rate has fallen.
  void expectDrops() {
    double longest = 0;
    for (size_t i = 1; i < phases_.size(); ++i) {
      if (phases_[i].rate < phases_[i - 1].rate) longest = std::max(longest, above(phases_[i].from, 100));
    }
    check("over 100 ms after a drop, s", longest, kAllowedDrop, false);
  }
  CaseResult& result() { return out_; }

 private:
  struct Flow {
    std::string name;
    std::function<const std::vector<Sample>&()> samples;
    bool media;
    const Bottleneck* line;
  };
  double end(size_t phase) const { return phase + 1 < phases_.size() ? phases_[phase + 1].from : out_.seconds; }
  /// How long after `from` the queue is first at most so long, and stays so for half a second.
  double above(double from, double ms) const {
    std::map<double, bool> seen;
    for (const Flow& flow : flows_) {
      if (!flow.media || flow.line != lines_[0].get()) continue;
      for (const Sample& sample : flow.samples()) {
        const double time = secondsOf(sample.at);
        if (time < from || time > from + 10) continue;
        seen[time] = seen[time] || static_cast<double>(sample.waited.micros()) > ms * 1000;
      }
    }
    double last = from;
    for (const auto& [time, over] : seen) {
      if (over && time - last > 0.5 && last > from) break;
      if (over) last = time;
    }
    return last - from;
  }
  void measure() {
    std::vector<double> waits;
    double packets = 0, dropped = 0;
    for (const Flow& flow : flows_) {
      if (!flow.media) continue;
      for (const Sample& sample : flow.samples()) {
        packets += 1;
        dropped += sample.dropped ? 1 : 0;
        if (!sample.dropped) waits.push_back(static_cast<double>(sample.waited.micros()) / 1000);
      }
    }
    std::sort(waits.begin(), waits.end());
    for (const double wait : waits) out_.queueMean += wait / static_cast<double>(waits.size());
    if (!waits.empty()) out_.queueP95 = waits[waits.size() * 95 / 100];
    out_.loss = packets > 0 ? dropped / packets : 0;
    out_.utilisation = 1;
    for (size_t i = 0; i < phases_.size(); ++i) {
      if (end(i) - phases_[i].from <= kSettling) continue;
      double sum = 0;
      for (const Flow& flow : flows_) {
        if (flow.line == lines_[0].get()) sum += rateBetween(flow.samples(), phases_[i].from + kSettling, end(i));
      }
      out_.utilisation = std::min(out_.utilisation, sum / phases_[i].rate);
    }
  }
  void plot() {
    const auto buckets = static_cast<size_t>(out_.seconds / kBucket);
    const auto bucketOf = [&](TimePoint time) {
      return std::min(static_cast<size_t>(std::max(secondsOf(time), 0.0) / kBucket), buckets - 1);
    };
    out_.capacity.assign(buckets, 0);
    for (size_t i = 0; i < phases_.size(); ++i) {
      for (size_t b = bucketOf(at(phases_[i].from)); b < buckets; ++b) out_.capacity[b] = phases_[i].rate;
    }
    out_.queue.assign(buckets, 0);
    std::vector<double> sent(buckets, 0), lost(buckets, 0);
    for (const Flow& flow : flows_) {
      Series series{flow.name, std::vector<double>(buckets, 0), flow.media};
      for (const Sample& sample : flow.samples()) {
        const size_t bucket = bucketOf(sample.at);
        if (flow.media) sent[bucket] += 1;
        if (flow.media && sample.dropped) lost[bucket] += 1;
        if (sample.dropped) continue;
        series.rates[bucketOf(sample.left)] += sample.size * 8 / kBucket;
        if (flow.line == lines_[0].get()) {
          out_.queue[bucket] = std::max(out_.queue[bucket], static_cast<double>(sample.waited.micros()) / 1000);
        }
      }
      out_.flows.push_back(std::move(series));
    }
    for (size_t b = 0; b < buckets; ++b) out_.lossOverTime.push_back(sent[b] > 0 ? lost[b] / sent[b] : 0);
  }

  const MakeController& make_;
  uint64_t seed_;
  Events events_;
  std::vector<std::unique_ptr<Bottleneck>> lines_;
  std::vector<Phase> phases_;  // of the first line
  std::vector<std::unique_ptr<MediaFlow>> media_;
  std::vector<std::unique_ptr<TcpFlow>> tcp_;
  std::vector<std::unique_ptr<ConstantFlow>> constant_;
  std::vector<Flow> flows_;
  CaseResult out_;
};

// RFC 8867 §5.1: variable available capacity with a single flow.
void variable(Run& run) {
  run.result().title = "RFC 8867 5.1: one flow, 1, 2.5, 0.6, 1 Mb/s";
  Bottleneck& line = run.line({}, {{0, 1e6}, {40, 2.5e6}, {60, 0.6e6}, {80, 1e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 100);
  run.run(100);
  run.expectUtilisation(0.9);
  run.expectQueue();
  run.expectDrops();
  run.expectLoss();
}

// RFC 8867 §5.2, with a reference of 1 Mb/s.
void twoFlows(Run& run) {
  run.result().title = "RFC 8867 5.2: two flows, 2, 1, 1.75, 0.5, 1 Mb/s";
  Bottleneck& line = run.line({}, {{0, 2e6}, {25, 1e6}, {50, 1.75e6}, {75, 0.5e6}, {100, 1e6}});
  for (int i = 0; i < 2; ++i) run.media("media " + std::to_string(i + 1), {&line, nullptr, Run::delay(50)}, 0, 125);
  run.run(125);
  run.expectUtilisation(0.85);
  run.expectQueue();
  run.expectDrops();
  run.expectLoss();
}

// RFC 8867 §5.3: congested feedback link with bi-directional flows.
void bothWays(Run& run) {
  run.result().title = "RFC 8867 5.3: a flow each way, 2, 1, 0.5, 2 Mb/s against 2, 0.8, 2 Mb/s";
  Bottleneck& forward = run.line({}, {{0, 2e6}, {20, 1e6}, {40, 0.5e6}, {60, 2e6}});
  Bottleneck& backward = run.line({}, {{0, 2e6}, {35, 0.8e6}, {70, 2e6}});
  run.media("forward", {&forward, &backward, Run::delay(50)}, 0, 100);
  run.media("backward", {&backward, &forward, Run::delay(50)}, 0, 100);
  run.run(100);
  run.expectUtilisation(0.85);
  run.check("utilisation back, 40 to 70 s", run.rate(1, 40, 70) / 0.8e6, 0.85, true);
  run.expectQueue();
  run.expectDrops();
  run.expectLoss();
}

// RFC 8867 §5.4: competing media flows with the same algorithm.
void sameAlgorithm(Run& run) {
  run.result().title = "RFC 8867 5.4: three flows on 3.5 Mb/s, from 0, 20 and 40 s";
  Bottleneck& line = run.line({}, {{0, 3.5e6}});
  for (int i = 0; i < 3; ++i)
    run.media("media " + std::to_string(i + 1), {&line, nullptr, Run::delay(50)}, 20 * i, 120);
  run.run(120);
  run.expectUtilisation(0.85);
  run.expectQueue();
  run.expectLoss();
  run.check("Jain, 60 to 120 s", jain({run.rate(0, 60, 120), run.rate(1, 60, 120), run.rate(2, 60, 120)}), 0.95, true);
}

// RFC 8867 §5.5: round trip time fairness.
void roundTrips(Run& run) {
  run.result().title = "RFC 8867 5.5: one-way delays of 10, 25, 50, 100, 150 ms on 4 Mb/s";
  Bottleneck& line = run.line({}, {{0, 4e6}});
  constexpr double kDelays[] = {10, 25, 50, 100, 150};
  for (int i = 0; i < 5; ++i) {
    run.media(std::to_string(static_cast<int>(kDelays[i])) + " ms", {&line, nullptr, Run::delay(kDelays[i])}, 10 * i,
              300);
  }
  run.run(300);
  run.expectUtilisation(0.85);
  run.expectQueue();
  run.expectLoss();
  std::vector<double> rates;
  for (size_t i = 0; i < 5; ++i) rates.push_back(run.rate(i, 100, 300));
  run.check("Jain, 100 to 300 s", jain(rates), 0.85, true);
}

// RFC 8867 §5.6: a media flow competing with a long TCP.
void longTcp(Run& run, double queueMs) {
  run.result().title =
      "RFC 8867 5.6: beside a long TCP on 2 Mb/s, queue of " + std::to_string(static_cast<int>(queueMs)) + " ms";
  Bottleneck& line = run.line({.queue = millis(queueMs)}, {{0, 2e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 120);
  run.tcp("TCP", {&line, nullptr, Run::delay(50, false)}, 5, 120);
  run.run(120);
  run.expectUtilisation(0.85);
  run.check("share of media, 20 to 120 s", run.rate(0, 20, 120) / 2e6, 0.2, true);
  run.check("share of TCP, 20 to 120 s", run.rate(1, 20, 120) / 2e6, 0.2, true);
}

// RFC 8867 §5.7: media flows competing with short TCPs. Files of 30 to 50 KB, pauses with a mean of 10 s; two of the ten
// begin with a file.
void shortTcp(Run& run) {
  run.result().title = "RFC 8867 5.7: two flows beside ten short TCPs on 2 Mb/s";
  Bottleneck& line = run.line({}, {{0, 2e6}});
  for (int i = 0; i < 2; ++i) run.media("media " + std::to_string(i + 1), {&line, nullptr, Run::delay(50)}, 0, 300);
  for (int i = 0; i < 10; ++i) {
    run.tcp("TCP " + std::to_string(i + 1), {&line, nullptr, Run::delay(50, false)}, 0, 300,
            {.fileBytes = 40'000, .pausesFirst = i >= 2});
  }
  run.run(300);
  run.expectUtilisation(0.85);
  run.expectLoss(0.02);
  run.check("Jain of media", jain({run.rate(0, 30, 300), run.rate(1, 30, 300)}), 0.9, true);
}

// RFC 8867 §5.8: media pause and resume.
void paused(Run& run) {
  run.result().title = "RFC 8867 5.8: three flows on 3.5 Mb/s, the second pauses from 40 to 60 s";
  Bottleneck& line = run.line({}, {{0, 3.5e6}});
  for (int i = 0; i < 3; ++i) {
    auto& flow = run.media("media " + std::to_string(i + 1), {&line, nullptr, Run::delay(50)}, 0, 120);
    if (i == 1) flow.pauseAt(at(40), at(60));
  }
  run.run(120);
  run.expectUtilisation(0.85);
  run.expectQueue();
  run.expectLoss();
  run.check("Jain, 80 to 120 s", jain({run.rate(0, 80, 120), run.rate(1, 80, 120), run.rate(2, 80, 120)}), 0.9, true);
}

// RFC 8869 §4.1's wired bottleneck: other traffic comes and goes.
void wired(Run& run) {
  run.result().title = "RFC 8869: 1 Mb/s with 300 kb/s of datagrams, a TCP from 40 to 80 s";
  Bottleneck& line = run.line({}, {{0, 1e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 120);
  run.constant("constant", 300'000, {&line, nullptr, Run::delay(50)}, 0, 120);
  run.tcp("TCP", {&line, nullptr, Run::delay(50, false)}, 40, 80);
  run.run(120);
  run.expectUtilisation(0.85);
  run.check("media before TCP, of what is free", run.rate(0, 10, 40) / 0.7e6, 0.8, true);
  run.check("media beside TCP, of what is free", run.rate(0, 45, 80) / 0.7e6, 0.2, true);
  run.check("media after TCP, of what is free", run.rate(0, 90, 120) / 0.7e6, 0.8, true);
}

// RFC 8869 §4.2, as a line: the rate of a Wi-Fi falls and rises by steps while the device moves, with jitter and
// hold-ups; its link layer repairs, so that little is lost.
void wireless(Run& run) {
  run.result().title = "RFC 8869: a wireless line of 3 to 1 Mb/s with 600 kb/s of datagrams";
  std::vector<Run::Phase> phases;
  constexpr double kRates[] = {3e6, 2.4e6, 1.8e6, 1.2e6, 1.8e6, 2.4e6, 3e6};
  for (int i = 0; i < 7; ++i) phases.push_back({15.0 * i, kRates[i]});
  Bottleneck& line = run.line({.loss = 0.002}, phases);
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 105);
  run.constant("constant", 600'000, {&line, nullptr, Run::delay(50)}, 0, 105);
  run.run(105);
  run.expectUtilisation(0.85);
  run.expectQueue();
  run.expectDrops();
  run.expectLoss();
}

void rampUp(Run& run) {
  run.result().title = "From 300 kb/s on 3 Mb/s";
  Bottleneck& line = run.line({}, {{0, 3e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 20);
  run.run(20);
  run.check("to 90 % of 3 Mb/s, s", run.reached(0, 2.7e6), 2, false);
  run.expectLoss();
}

void stepUp(Run& run) {
  run.result().title = "From 0.6 to 2.5 Mb/s, and back";
  Bottleneck& line = run.line({}, {{0, 0.6e6}, {30, 2.5e6}, {60, 0.6e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 80);
  run.run(80);
  run.check("to 80 % of 2.5 Mb/s, s", run.reached(0, 2e6, 30), 6, false);
  run.expectUtilisation(0.85);
  run.expectDrops();
}

void randomLoss(Run& run, double loss, double least) {
  run.result().title = std::to_string(static_cast<int>(loss * 100)) + " % of random loss on 2 Mb/s";
  Bottleneck& line = run.line({.loss = loss}, {{0, 2e6}});
  run.media("media", {&line, nullptr, Run::delay(50)}, 0, 60);
  run.run(60);
  run.check("of what remains, 10 to 60 s", run.rate(0, 10, 60) / ((1 - loss) * 2e6), least, true);
  run.expectQueue();
}

// A line with a marking queue (RFC 9332), and SCReAM with ECT(1): whatever controller the other cases are run with.
void marking(Run& run) {
  run.result().title = "L4S: SCReAM on 6, 3, 6 Mb/s with a queue that marks from 2 to 10 ms";
  Bottleneck& line = run.line({.marks = true}, {{0, 6e6}, {30, 3e6}, {60, 6e6}});
  // Faster than the others: at 1 Mb/s one packet takes 9.6 ms.
  MediaFlow::Config config;
  config.limits.most = config.wanted = 10'000'000;
  config.ccfb = true;
  config.feedbackInterval = Duration::millis(25);
  config.encoderLag = Duration::millis(33);
  run.media("media", {&line, nullptr, Run::delay(10, false)}, 0, 90, config);
  run.run(90);
  run.expectUtilisation(0.85);
  run.check("queue p95, ms", run.result().queueP95, 10, false);
  run.expectLoss();
}

struct Named {
  const char* name;
  std::function<void(Run&)> run;
};

const std::vector<Named>& all() {
  static const std::vector<Named> kCases = {
      {"5.1", variable},
      {"5.2", twoFlows},
      {"5.3", bothWays},
      {"5.4", sameAlgorithm},
      {"5.5", roundTrips},
      {"5.6", [](Run& run) { longTcp(run, 300); }},
      {"5.6-1000", [](Run& run) { longTcp(run, 1000); }},
      {"5.7", shortTcp},
      {"5.8", paused},
      {"wired", wired},
      {"wireless", wireless},
      {"ramp", rampUp},
      {"step", stepUp},
      {"loss-2", [](Run& run) { randomLoss(run, 0.02, 0.85); }},
      {"loss-5", [](Run& run) { randomLoss(run, 0.05, 0.8); }},
      {"l4s", marking},
      {"loss-10", [](Run& run) { randomLoss(run, 0.10, 0.6); }},
  };
  return kCases;
}

}  // namespace

bool CaseResult::passed() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passed(); });
}

std::vector<std::string> caseNames() {
  std::vector<std::string> out;
  for (const Named& named : all()) out.emplace_back(named.name);
  return out;
}

MakeController delayLoss() {
  return [](TimePoint now, const RateLimits& limits) { return std::make_unique<DelayLossController>(now, limits); };
}

MakeController controllerNamed(const std::string& name) {
  if (name == "scream") {
    return [](TimePoint now, const RateLimits& limits) { return std::make_unique<ScreamController>(now, limits); };
  }
  if (name != "fixed") return delayLoss();
  return [](TimePoint, const RateLimits& limits) { return std::make_unique<FixedRateController>(limits); };
}

CaseResult runCase(const std::string& name, const MakeController& make, uint64_t seed) {
  const MakeController scream = controllerNamed("scream");
  Run run(name, name == "l4s" ? scream : make, seed);
  for (const Named& named : all()) {
    if (name == named.name) named.run(run);
  }
  return run.result();
}

}  // namespace tincan::inline v0::rtp::line
