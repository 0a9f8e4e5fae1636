// SCTP on lines in virtual time, whole associations: one table, the same for the same seeds on any machine.
#include <cstdio>
#include <cstdlib>

#include "bench/command_line.h"
#include "tests/sctp/scenarios.h"

namespace {

using namespace tincan;
using namespace tincan::sctp;
using namespace tincan::sctp::test;

constexpr CongestionControl kAll[] = {CongestionControl::kReno, CongestionControl::kCubic, CongestionControl::kBbr};

const char* nameOf(CongestionControl kind) {
  switch (kind) {
    case CongestionControl::kReno: return "Reno";
    case CongestionControl::kCubic: return "CUBIC";
    case CongestionControl::kBbr: return "BBR";
  }
  return "";
}

void print(const char* line, CongestionControl kind, const Outcome& outcome) {
  const SenderStats& s = outcome.stats;
  std::printf("%-44s %-6s %8.1f Mbit/s  queue %5.1f ms (max %5.1f)  T3 %llu fast %llu RACK %llu TLP %llu twice %llu\n",
              line, nameOf(kind), outcome.rate, outcome.queueMean * 1e3, outcome.queueMax * 1e3,
              static_cast<unsigned long long>(s.timeouts), static_cast<unsigned long long>(s.fastRetransmits),
              static_cast<unsigned long long>(s.rackRetransmits), static_cast<unsigned long long>(s.tailProbes),
              static_cast<unsigned long long>(outcome.duplicates));
}

void oneFlow(uint64_t seed) {
  const Duration rtt = Duration::millis(40);
  for (const auto kind : kAll)
    print("40 ms, clean, last 0.1 s of the first second", kind, cleanLine<AssociationWorld>(kind, rtt, seed));
  for (const auto kind : kAll) {
    print("40 ms, 200 Mbit/s, queue of 1 BDP, 10-30 s", kind,
          bottleneck<AssociationWorld>(kind, 200e6, rtt, 1, Duration::seconds(10), Duration::seconds(20), seed));
  }
  for (const double loss : {0.001, 0.01, 0.05}) {
    for (const auto kind : kAll) {
      char line[64];
      std::snprintf(line, sizeof line, "40 ms, 200 Mbit/s, %g %% lost each way", loss * 100);
      print(line, kind,
            lossy<AssociationWorld>(kind, 200e6, rtt, loss, Duration::seconds(5), Duration::seconds(30), seed));
    }
  }
  for (const auto kind : kAll) {
    print("40 ms, 200 Mbit/s, 10 % come 5 ms later", kind,
          reordered<AssociationWorld>(kind, 200e6, rtt, 0.1, Duration::millis(5), seed));
  }
}

void fairness(uint64_t seed) {
  const Duration rtt = Duration::millis(40);
  const auto pair = [&](CongestionControl a, CongestionControl b, double rate, double queue) {
    const auto [first, second] = twoFlows<AssociationWorld>(a, b, rate, rtt, queue, Duration::seconds(5),
                                                            Duration::seconds(20), Duration::seconds(60), seed);
    std::printf("%3.0f Mbit/s, 40 ms, queue of %.0f BDP: %-6s %6.1f  %-6s %6.1f Mbit/s  ratio %5.2f  Jain %.3f\n",
                rate / 1e6, queue, nameOf(a), first, nameOf(b), second, first / second, jain(first, second));
  };
  for (const double rate : {20e6, 100e6}) {
    for (const double queue : {1.0, 2.0}) {
      for (const auto kind : kAll) pair(kind, kind, rate, queue);
      pair(CongestionControl::kCubic, CongestionControl::kReno, rate, queue);
      std::printf("%59s RFC 9438's arithmetic, losses at the same moments: ratio %5.2f\n", "",
                  cubicBesideReno(rate, rtt, queue));
      pair(CongestionControl::kBbr, CongestionControl::kCubic, rate, queue);
    }
  }
}

void recovery(uint64_t seed) {
  const Duration rtt = Duration::millis(40);
  const auto row = [&](const char* line, size_t packets, size_t which, int times) {
    const TailOutcome outcome = lostPacket(CongestionControl::kCubic, rtt, packets, which, times, seed);
    std::printf("%-44s %.2f RTT after sending  T3 %llu\n", line, outcome.roundTrips,
                static_cast<unsigned long long>(outcome.stats.timeouts));
  };
  row("8 packets, none lost", 8, 9, 0);
  row("8 packets, the last one lost", 8, 8, 1);
  row("1 packet, lost", 1, 1, 1);
  row("8 packets, the third one lost", 8, 3, 1);
  row("100 packets, the third one lost twice", 100, 3, 2);
  row("100 packets, the third one lost three times", 100, 3, 3);
}

void roundTrips(uint64_t seed) {
  std::printf("\n%8s", "RTT, ms");
  for (const auto kind : kAll) std::printf(" %10s %10s", nameOf(kind), "queue, ms");
  std::printf("   200 Mbit/s, queue of 1 BDP, 10-25 s\n");
  for (const int millis : {1, 3, 10, 30, 100, 200, 300}) {
    std::printf("%8d", millis);
    for (const auto kind : kAll) {
      const Outcome outcome = bottleneck<AssociationWorld>(kind, 200e6, Duration::millis(millis), 1,
                                                           Duration::seconds(10), Duration::seconds(15), seed);
      std::printf(" %10.1f %10.1f", outcome.rate, outcome.queueMean * 1e3);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t seed = 1;
  tincan::bench::CommandLine("sctp_lines", "[SEED]: 1 when left out")
      .word("SEED", seed, 0, UINT32_MAX)
      .read(argc, argv);
  std::printf("SCTP associations in virtual time, seed %llu; packets of 1,191 bytes, rates of user data\n\n",
              static_cast<unsigned long long>(seed));
  oneFlow(seed);
  std::printf("\n");
  fairness(seed);
  std::printf("\n");
  recovery(seed);
  roundTrips(seed);
}
