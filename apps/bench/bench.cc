#include "apps/bench/bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/bench/paths.h"
#include "apps/bench/rig.h"
#include "apps/command_line.h"
#include "include/tincan/tincan.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::apps {

namespace {

using crypto::SrtpProfile;

constexpr std::array kProfiles = {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
                                  SrtpProfile::kAes128CmSha1_80, SrtpProfile::kAes128CmSha1_32};
// A measurement is cut into so many pieces, and the best one counts: what else runs on the machine only ever adds.
constexpr int kPieces = 8;

std::optional<SrtpProfile> profileNamed(const std::string& text) {
  for (const SrtpProfile each : kProfiles) {
    if (crypto::name(each) == text) return each;
  }
  return std::nullopt;
}

struct Figure {
  std::string name;
  double nanos = 0;             ///< of CPU a packet
  std::optional<double> bare;   ///< the same of the bare loop
  std::optional<double> limit;  ///< and of the bare loop with the raw cipher
};

/// Nanoseconds a packet of each path. They take turns, so that what else goes on at the time meets them all.
std::vector<double> measure(const std::vector<Path*>& paths, double seconds) {
  std::vector<double> best(paths.size());
  const auto budget = static_cast<int64_t>(seconds * 1e9 / kPieces);
  for (int piece = 0; piece < kPieces; ++piece) {
    for (size_t i = 0; i < paths.size(); ++i) {
      int64_t nanos = 0;
      size_t packets = 0, turns = 0;
      while (nanos < budget && turns++ < 1'000'000) {
        const Turn turn = paths[i]->turn();
        nanos += turn.nanos;
        packets += turn.packets;
      }
      if (packets == 0) continue;
      const double each = static_cast<double>(nanos) / static_cast<double>(packets);
      if (best[i] == 0 || each < best[i]) best[i] = each;
    }
  }
  return best;
}

std::string countText(double perSecond) {
  char text[32];
  std::snprintf(text, sizeof text, perSecond >= 1e6 ? "%.2f M" : "%.0f k", perSecond / (perSecond >= 1e6 ? 1e6 : 1e3));
  return text;
}

/// The measurements one after the other, a row each as it is done.
class Bench {
 public:
  explicit Bench(const BenchOptions& options) : options_(options) {}

  int run() {
    const auto profile = profileNamed(options_.profile);
    if (!profile) {
      std::fprintf(stderr, "tincan bench: --profile: %s is none of", options_.profile.c_str());
      for (const SrtpProfile each : kProfiles) std::fprintf(stderr, " %s", std::string(crypto::name(each)).c_str());
      std::fprintf(stderr, "\n");
      return 2;
    }
    setup_.packetSize = options_.packetSize;
    setup_.engine = cryptoEngine();
    header();
    for (const SrtpProfile each : kProfiles) {
      setup_.profile = each;
      const std::string name(crypto::name(each));
      row("protect   " + name, {protectOnly(setup_).get()});
      row("unprotect " + name, {unprotectOnly(setup_).get()});
    }
    setup_.profile = *profile;
    if (!paths("one peer", 1) || !paths(std::to_string(options_.peers) + " peers", options_.peers)) return 1;
    return options_.json.empty() || writeJson() ? 0 : 1;
  }

 private:
  void header() {
    auto socket = net::UdpSocket::open({IpAddress::loopbackV4(), 0});
    const bool segmented = socket.ok() && (*socket)->segmentsOnSend();
    std::printf("RTP packets of %zu bytes, one core, over loopback; SRTP by %s; the kernel %s UDP (GSO, GRO)\n\n",
                options_.packetSize, Rig(setup_).session(0).isAccelerated() ? "Intel IPsec-MB" : "OpenSSL",
                segmented ? "segments" : "does not segment");
    std::printf(
        "Times are of CPU, a packet. bare: a loop of raw system calls with the same bytes, and nothing else; limit:\n");
    std::printf("the same loop and the raw cipher over the bytes, below which nobody can go.\n\n");
    std::printf("%-32s %9s %11s %8s   %16s   %16s\n", "", "ns", "packets/s", "Gbit/s", "bare, ns (ratio)",
                "limit, ns (ratio)");
  }

  /// `paths`: ours, and perhaps the bare loop and the limit.
  void row(const std::string& name, const std::vector<Path*>& paths) {
    const std::vector<double> nanos = measure(paths, options_.seconds);
    Figure figure{name, nanos[0], std::nullopt, std::nullopt};
    if (nanos.size() > 1) figure.bare = nanos[1];
    if (nanos.size() > 2) figure.limit = nanos[2];
    const double perSecond = figure.nanos > 0 ? 1e9 / figure.nanos : 0;
    std::printf("%-32s %9.0f %11s %8.2f", name.c_str(), figure.nanos, countText(perSecond).c_str(),
                perSecond * static_cast<double>(options_.packetSize) * 8 / 1e9);
    for (const auto& each : {figure.bare, figure.limit}) {
      if (each) std::printf("   %8.0f  (%.2f)", *each, figure.nanos / *each);
    }
    std::printf("\n");
    std::fflush(stdout);
    figures_.push_back(std::move(figure));
  }

  bool paths(const std::string& who, size_t peers) {
    setup_.peers = peers;
    return path("send to " + who, sendPath, bareSend) && path("receive from " + who, receivePath, bareReceive);
  }

  template <class Make, class MakeBare>
  bool path(const std::string& name, Make ours, MakeBare bare) {
    auto mine = ours(setup_);
    auto raw = bare(setup_, Bare::kOnly);
    auto limit = bare(setup_, Bare::kCipher);
    for (const auto* each : {&mine, &raw, &limit}) {
      if (*each) continue;
      std::fprintf(stderr, "tincan bench: %s\n", each->error().message().c_str());
      return false;
    }
    row(name, {mine->get(), raw->get(), limit->get()});
    return true;
  }

  bool writeJson() {
    nlohmann::json out;
    out["packetSize"] = options_.packetSize;
    out["profile"] = options_.profile;
    for (const Figure& each : figures_) {
      nlohmann::json figure = {{"name", each.name}, {"nanosecondsPerPacket", each.nanos}};
      if (each.bare) figure["bareNanosecondsPerPacket"] = *each.bare;
      if (each.limit) figure["limitNanosecondsPerPacket"] = *each.limit;
      out["figures"].push_back(std::move(figure));
    }
    std::ofstream file(options_.json);
    file << out.dump(2) << "\n";
    file.close();
    if (file) return true;
    std::fprintf(stderr, "tincan bench: --json: %s cannot be written\n", options_.json.c_str());
    return false;
  }

  const BenchOptions& options_;
  PathSetup setup_;
  std::vector<Figure> figures_;
};

}  // namespace

CLI::App* addBenchCommand(CLI::App& app, BenchOptions& options) {
  CLI::App* bench = app.add_subcommand("bench", "Measure what this machine does with RTP packets");
  bench->add_option("--seconds", options.seconds, "Seconds a measurement")
      ->check(between(0.01, 60))
      ->type_name("SECONDS")
      ->capture_default_str();
  bench->add_option("--size", options.packetSize, "Bytes of an RTP packet")
      ->check(whole(16, 1400))
      ->type_name("BYTES")
      ->capture_default_str();
  bench->add_option("--peers", options.peers, "Peers of the many-peer measurements, each with its own keys")
      ->check(whole(2, 60'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  bench->add_option("--profile", options.profile, "SRTP profile of the send and receive paths")->capture_default_str();
  bench->add_option("--json", options.json, "Write the figures as JSON too")->type_name("FILE");
  return bench;
}

int runBench(const BenchOptions& options) {
  // Known before anything is measured, not a minute later.
  if (!options.json.empty() && !std::ofstream(options.json, std::ios::app)) {
    std::fprintf(stderr, "tincan bench: --json: %s cannot be written\n", options.json.c_str());
    return 2;
  }
  return Bench(options).run();
}

}  // namespace tincan::inline v0::apps
