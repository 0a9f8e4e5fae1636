// RFC 8867's and RFC 8869's cases in virtual time: a table of what each reaches, and a page with a plot of each.
//
//     congestion_cases [--page FILE] [--seed N] [--seeds N] [--controller NAME] [CASE …]
//
// With --seeds each figure is told as its least, median and most over seeds 1 to N.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "bench/command_line.h"
#include "tests/rtp/congestion/cases.h"

namespace {

using namespace tincan::rtp::line;

constexpr double kWidth = 900, kRateHeight = 220, kQueueHeight = 90, kLeft = 60, kGap = 26;
constexpr const char* kColours[] = {"#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#bf3989"};

std::string number(double value, int digits = 1) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// Values over time as a path, `top` at the height of `most`.
std::string path(const std::vector<double>& values, double most, double top, double height) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = kLeft + kWidth * static_cast<double>(i) / static_cast<double>(values.size());
    const double y = top + height * (1 - std::min(values[i] / most, 1.0));
    out += (i == 0 ? "M" : "L") + number(x) + " " + number(y);
  }
  return out;
}

std::string stroke(const std::string& d, const std::string& colour, double width, const std::string& more = "") {
  return "<path d='" + d + "' fill='none' stroke='" + colour + "' stroke-width='" + number(width) + "' " + more +
         "/>\n";
}

std::string label(double x, double y, const std::string& text, const std::string& colour = "#57606a") {
  return "<text x='" + number(x) + "' y='" + number(y) + "' fill='" + colour + "'>" + text + "</text>\n";
}

std::string plot(const CaseResult& result) {
  double most = *std::max_element(result.capacity.begin(), result.capacity.end()) * 1.15;
  const double queueMost = std::max(100.0, *std::max_element(result.queue.begin(), result.queue.end()) * 1.1);
  const double queueTop = kRateHeight + kGap, bottom = queueTop + kQueueHeight;
  std::string out = "<svg viewBox='0 0 980 " + number(bottom + 24) + "' width='980'>\n";
  out += stroke(path(result.capacity, most, 0, kRateHeight), "#8c959f", 2, "stroke-dasharray='6 4'");
  for (size_t i = 0; i < result.flows.size(); ++i) {
    const char* colour = kColours[i % 6];
    out += stroke(path(result.flows[i].rates, most, 0, kRateHeight), colour, result.flows[i].media ? 1.4 : 0.8);
    if (i < 6) out += label(kLeft + 8 + 110 * static_cast<double>(i), 12, result.flows[i].name, colour);
  }
  out += stroke(path(result.queue, queueMost, queueTop, kQueueHeight), "#57606a", 1);
  out += stroke(path(result.lossOverTime, 1, queueTop, kQueueHeight), "#d1242f", 1);
  out += label(0, 12, number(most / 1e6) + " Mb/s") + label(0, kRateHeight, "0");
  out += label(0, queueTop + 10, number(queueMost, 0) + " ms") + label(0, bottom, "queue") +
         label(0, bottom + 14, "loss", "#d1242f");
  for (int tick = 0; tick <= 10; ++tick) {
    out += label(kLeft + kWidth * tick / 10 - 8, bottom + 20, number(result.seconds * tick / 10, 0) + " s");
  }
  return out + "</svg>\n";
}

std::string section(const CaseResult& result) {
  std::string out = "<h2>" + result.title + "</h2>\n" + plot(result) + "<table>\n";
  for (const Check& check : result.checks) {
    out += "<tr class='" + std::string(check.passed() ? "good" : "bad") + "'><td>" + check.what + "</td><td>" +
           number(check.value, 3) + "</td><td>" + (check.atLeast ? "at least " : "at most ") + number(check.bound, 3) +
           "</td></tr>\n";
  }
  return out + "</table>\n";
}

int print(const CaseResult& result) {
  std::printf("%-10s %6.3f  %6.1f  %6.1f  %7.4f ", result.name.c_str(), result.utilisation, result.queueMean,
              result.queueP95, result.loss);
  int missed = 0;
  for (const Check& check : result.checks) {
    const bool shown = check.what.rfind("queue", 0) == 0 || check.what == "loss" || check.what == "utilisation";
    if (shown && check.passed()) continue;
    std::printf("  %s%s %.3f", check.passed() ? "" : "MISSED ", check.what.c_str(), check.value);
    if (!check.passed()) std::printf(" (%g)", check.bound);
    missed += check.passed() ? 0 : 1;
  }
  std::printf("\n");
  return missed;
}

/// Each figure over many seeds: one seed is one draw.
int printSpread(const std::string& name, const std::string& controller, uint64_t seeds) {
  std::vector<CaseResult> results;
  for (uint64_t seed = 1; seed <= seeds; ++seed) results.push_back(runCase(name, controllerNamed(controller), seed));
  int missed = 0;
  for (size_t i = 0; i < results.front().checks.size(); ++i) {
    const Check& first = results.front().checks[i];
    std::vector<double> values;
    int here = 0;
    for (const CaseResult& result : results) {
      values.push_back(result.checks[i].value);
      here += result.checks[i].passed() ? 0 : 1;
    }
    std::sort(values.begin(), values.end());
    std::printf("%-10s %-34s %9.3f %9.3f %9.3f   %s %g%s\n", i == 0 ? name.c_str() : "", first.what.c_str(),
                values.front(), values[values.size() / 2], values.back(), first.atLeast ? "at least" : "at most",
                first.bound, here > 0 ? (", MISSED by " + std::to_string(here)).c_str() : "");
    missed += here;
  }
  return missed;
}

}  // namespace

int main(int argc, char** argv) {
  std::string page;
  uint64_t seed = 1, seeds = 0;
  std::vector<std::string> wanted;
  std::string controller = "delay-loss";
  tincan::bench::CommandLine("congestion_cases",
                             "[--seed 1 | --seeds HOW MANY] [--controller NAME] [--page FILE.html] [CASE...]")
      .option("--seed", seed, 0, UINT32_MAX)
      .option("--seeds", seeds, 1, 10'000)
      .option("--controller", controller, {"delay-loss", "scream", "fixed"})
      .file("--page", page)
      .words(wanted, caseNames())
      .read(argc, argv);
  std::string html =
      "<!doctype html><meta charset=utf-8><title>Congestion control: RFC 8867</title><style>body{font:14px "
      "sans-serif;max-width:1000px;margin:2em auto}svg{font:11px sans-serif}td{padding:0 1em 0 0}.bad{color:#d1242f}"
      "</style><h1>Congestion control, " +
      controller + ", seed " + std::to_string(seed) + "</h1>\n";
  if (seeds > 0) {
    std::printf("%-10s %-34s %9s %9s %9s   of seeds 1 to %llu, %s\n", "case", "figure", "least", "median", "most",
                static_cast<unsigned long long>(seeds), controller.c_str());
    int missed = 0;
    for (const std::string& name : caseNames()) {
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())
        missed += printSpread(name, controller, seeds);
    }
    std::printf("%d figures missed\n", missed);
    return 0;
  }
  std::printf("%-10s %6s  %6s  %6s  %7s   figures (utilisation: the least of all phases)\n", "case", "util", "mean ms",
              "p95 ms", "loss");
  int missed = 0;
  for (const std::string& name : caseNames()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    const CaseResult result = runCase(name, controllerNamed(controller), seed);
    missed += print(result);
    html += section(result);
  }
  std::printf("%d figures missed\n", missed);
  if (!page.empty()) std::ofstream(page) << html;
  return 0;
}
