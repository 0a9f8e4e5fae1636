#include "tests/rtp/congestion/wireless_cases.h"

#include <cmath>
#include <string>

#include "tests/rtp/congestion/wireless.h"

namespace tincan::inline v0::rtp::line {
namespace {

constexpr double kOthersFrom = 40, kOthersUntil = 80;  // §4: background traffic

/// RFC 8869 §4: 150 kb/s to 1.5 Mb/s, which it starts from the bottom.
MediaFlow::Config small() {
  MediaFlow::Config config;
  config.limits = {150'000, 150'000, 1'500'000};
  config.wanted = 1'500'000;
  return config;
}

// ---- §4.1: 1 Mb/s each way behind a Wi-Fi that is faster ----

enum class Others { kNone, kDatagrams, kTcp };

void wired(Run& run, bool bothWays, Others others, bool uplink) {
  run.result().title = std::string("RFC 8869 4.1: 1 Mb/s behind a Wi-Fi, ") +
                       (bothWays ? "a flow each way" : "one flow") +
                       (others == Others::kDatagrams ? ", 300 kb/s of datagrams"
                        : others == Others::kTcp     ? ", a TCP"
                                                     : "") +
                       (others == Others::kNone ? ""
                        : uplink                ? " against it from 40 to 80 s"
                                                : " with it from 40 to 80 s");
  Bottleneck& down = run.line({}, {{0, 1e6}});
  Bottleneck& up = run.line({}, {{0, 1e6}});
  const Path forward{&down, &up, Run::delay(50)}, backward{&up, &down, Run::delay(50)};
  run.media("down", forward, 0, 120, small());
  if (bothWays) run.media("up", backward, 0, 120, small());
  const Path& path = uplink ? backward : forward;
  if (others == Others::kDatagrams) run.constant("datagrams", 300'000, path, kOthersFrom, kOthersUntil);
  if (others == Others::kTcp) run.tcp("TCP", path, kOthersFrom, kOthersUntil);
  run.run(120);
  const size_t beside = bothWays && uplink ? 1 : 0;
  run.check("media alone, of 1 Mb/s", run.rate(beside, 10, 40) / 1e6, 0.85, true);
  if (others != Others::kNone) {
    const bool tcp = others == Others::kTcp;
    const double free = tcp ? 1e6 : 0.7e6;
    run.check("beside the others, of what is free", run.rate(beside, 45, 80) / free, tcp ? 0.2 : 0.8, true);
    run.check("after the others, of 1 Mb/s", run.rate(beside, 90, 120) / 1e6, 0.85, true);
    if (tcp) return;  // it fills the queue
  }
  run.expectQueue();
  run.expectLoss();
}

// ---- §4.2: the air is the bottleneck ----

void air(Run& run, int down, int up, Others others) {
  run.result().title = "RFC 8869 4.2: " + std::to_string(down) + " flows down and " + std::to_string(up) +
                       " up in one Wi-Fi" +
                       (others == Others::kDatagrams ? ", 4 × 600 kb/s of datagrams up from 40 to 80 s"
                        : others == Others::kTcp     ? ", 4 TCPs up from 40 to 80 s"
                                                     : "");
  Air& medium = run.keep(std::make_unique<Air>(run.events(), run.seed() * 17), 20e6);
  Air::Station& accessPoint = medium.station();
  const auto delay = Run::delay(50, false);  // the air has jitter of its own
  for (int i = 0; i < down + up; ++i) {
    Air::Station& own = medium.station();
    const bool downlink = i < down;
    run.media((downlink ? "down " : "up ") + std::to_string(i + 1),
              {downlink ? &accessPoint : &own, downlink ? &own : &accessPoint, delay}, 0, 120, small());
  }
  for (int i = 0; i < 4 && others != Others::kNone; ++i) {
    const Path path{&medium.station(), nullptr, delay};
    if (others == Others::kDatagrams) run.constant("datagrams", 600'000, path, kOthersFrom, kOthersUntil);
    if (others == Others::kTcp) run.tcp("TCP", path, kOthersFrom, kOthersUntil);
  }
  run.run(120);
  run.setUtilisation(medium.busy(120));
  std::vector<double> rates, downs, ups;
  for (int i = 0; i < down + up; ++i) {
    (i < down ? downs : ups).push_back(run.rate(static_cast<size_t>(i), 20, 120));
    rates.push_back(run.rate(static_cast<size_t>(i), 20, 120));
  }
  double sum = 0;
  for (const double rate : rates) sum += rate;
  run.check("of 1.5 Mb/s each, or the air", std::max(sum / (1.5e6 * (down + up)), run.result().utilisation), 0.85,
            true);
  // Both ways have a share each: an access point has one turn among all stations, whatever it has to send.
  if (down > 0) run.check("Jain of those down, 20 to 120 s", jain(downs), 0.85, true);
  if (up > 0) run.check("Jain of those up, 20 to 120 s", jain(ups), 0.85, true);
  // RFC 8869 names no bound of delay: ITU-T G.114's 400 ms, of which who queues at the access point has more, where those
  // that send up leave it one turn in thirteen and the least of all its flows together are more than that.
  if (others != Others::kTcp) run.expectQueue(100, 400);
  run.expectLoss();
}

// ---- §3: a cell ----

/// §3.1: users come by chance, stay for 30 s, and walk; the first 30 s are left out of the figures. `load`: users at a
/// time, in the mean. A fifth of them fetch files.
void cell(Run& run, double load) {
  run.result().title =
      "RFC 8869 3.1: a cell with " + std::to_string(static_cast<int>(load)) + " users, who come and go";
  Cell& cell = run.keep(std::make_unique<Cell>(run.events(), Cell::Config{}, run.seed() * 19), 20e6);
  SeededRandom random(run.seed() * 23);
  std::vector<std::pair<double, double>> calls;
  const double apart = 30 / load;
  int users = 0;
  for (double time = 0; time < 85; time += -std::log(std::max(uniform(random), 1e-12)) * apart) {
    const double mean = std::clamp(14 + 6 * normal(random), 2.0, 26.0);
    const Path path{&cell.user([mean](TimePoint) { return mean; }), nullptr, Run::delay(40, false)};
    const double until = std::min(time + 30, 91.0);
    if (++users % 5 == 0) {
      run.tcp("files", path, time, until, {.fileBytes = 300'000, .meanPause = Duration::seconds(3)});
    } else {
      run.media("user " + std::to_string(users), path, time, until, small());
    }
  }
  run.run(91);
  run.setUtilisation(cell.busy(91));
  run.expectQueue(50, 200);
  run.expectLoss();
}

// §3.2: one walks through a place that the cell hardly reaches: 20 dB less and back within 60 s.
void badCoverage(Run& run) {
  run.result().title = "RFC 8869 3.2: a walk through a place that the cell hardly reaches";
  Cell& cell = run.keep(std::make_unique<Cell>(run.events(), Cell::Config{}, run.seed() * 19), 5e6);
  const auto walk = [](TimePoint now) {
    const double time = secondsOf(now);
    return 15 - 22 * std::exp(-std::pow((time - 50) / 12, 2));
  };
  run.media("walks", {&cell.user(walk), nullptr, Run::delay(40, false)}, 0, 91, small());
  for (int i = 0; i < 4; ++i)
    run.media("stays", {&cell.user([](TimePoint) { return 12.0; }), nullptr, Run::delay(40, false)}, 0, 91, small());
  run.run(91);
  run.setUtilisation(cell.busy(91));
  run.check("before, of 1.5 Mb/s", run.rate(0, 10, 30) / 1.5e6, 0.85, true);
  run.check("in the worst, kb/s", run.rate(0, 45, 55) / 1000, 100, true);
  run.check("after, of 1.5 Mb/s", run.rate(0, 78, 91) / 1.5e6, 0.85, true);
  run.expectQueue(50, 200);
  run.expectLoss();
}

}  // namespace

std::vector<std::pair<const char*, std::function<void(Run&)>>> wirelessCases() {
  return {
      {"cell-5", [](Run& run) { cell(run, 5); }},
      {"cell-15", [](Run& run) { cell(run, 15); }},
      {"cell-bad", badCoverage},
      {"4.1.a", [](Run& run) { wired(run, false, Others::kNone, false); }},
      {"4.1.c", [](Run& run) { wired(run, true, Others::kNone, false); }},
      {"4.1.d", [](Run& run) { wired(run, true, Others::kDatagrams, false); }},
      {"4.1.e", [](Run& run) { wired(run, true, Others::kDatagrams, true); }},
      {"4.1.f", [](Run& run) { wired(run, true, Others::kTcp, false); }},
      {"4.1.g", [](Run& run) { wired(run, true, Others::kTcp, true); }},
      {"4.2.a", [](Run& run) { air(run, 16, 0, Others::kNone); }},
      {"4.2.a-24", [](Run& run) { air(run, 24, 0, Others::kNone); }},
      {"4.2.a-32", [](Run& run) { air(run, 32, 0, Others::kNone); }},
      {"4.2.b", [](Run& run) { air(run, 0, 16, Others::kNone); }},
      {"4.2.b-24", [](Run& run) { air(run, 0, 24, Others::kNone); }},
      {"4.2.b-32", [](Run& run) { air(run, 0, 32, Others::kNone); }},
      {"4.2.c", [](Run& run) { air(run, 8, 8, Others::kNone); }},
      {"4.2.c-24", [](Run& run) { air(run, 12, 12, Others::kNone); }},
      {"4.2.c-32", [](Run& run) { air(run, 16, 16, Others::kNone); }},
      {"4.2.d", [](Run& run) { air(run, 12, 12, Others::kDatagrams); }},
      {"4.2.e", [](Run& run) { air(run, 12, 12, Others::kTcp); }},
  };
}

}  // namespace tincan::inline v0::rtp::line
