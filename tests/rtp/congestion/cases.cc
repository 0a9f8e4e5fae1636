#include "tests/rtp/congestion/cases.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/fixed_rate_controller.h"
#include "rtp/congestion/scream_controller.h"
#include "tests/rtp/congestion/case_run.h"
#include "tests/rtp/congestion/wireless_cases.h"

namespace tincan::inline v0::rtp::line {
namespace {

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
  static const std::vector<Named> kCases = [] {
    std::vector<Named> out = {
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
    for (auto& [name, run] : wirelessCases()) out.push_back({name, std::move(run)});
    return out;
  }();
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
