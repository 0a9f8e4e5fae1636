#include "apps/ice/check.h"

#include <algorithm>
#include <cstdio>

#include "apps/ice/probe.h"
#include "apps/ice/words.h"

namespace tincan::inline v0::apps {

namespace {

void yes(const std::string& words) {
  std::printf("  yes  %s\n", words.c_str());
  std::fflush(stdout);
}

void no(const std::string& words) {
  std::printf("  NO   %s\n", words.c_str());
  std::fflush(stdout);
}

void note(const std::string& words) {
  std::printf("       %s\n", words.c_str());
}

std::string wayText(const ice::ServerUrl& server) {
  switch (server.protocol) {
    case Protocol::kUdp: return "UDP";
    case Protocol::kTcp: return "TCP";
    case Protocol::kTls: return "TLS";
  }
  return "";
}

/// The questions of one command.
class Check {
 public:
  explicit Check(const IceOptions& options) : probe_(loop_, options) {}

  bool server(const ice::ServerUrl& server) {
    std::printf("%s\n", server.toString().c_str());
    const Gathered found = probe_.gather({server}, false);
    for (const auto& error : found.errors) no(failureText(error, server));
    if (found.errors.empty() && !found.complete) no("no answer in time (--timeout waits longer)");
    if (!found.errors.empty() || !found.complete) return false;
    return server.isTurn() ? relay(server, found) : reflexive(server, found);
  }

 private:
  // What a server's answer says about the NAT in between.
  bool reflexive(const ice::ServerUrl& server, const Gathered& found) {
    bool any = false;
    for (const auto& each : found.candidates) {
      if (each.candidate.type != ice::CandidateType::kServerReflexive) continue;
      any = true;
      yes("answers over " + wayText(server) + " in " + millisText(each.roundTrip));
      const bool portKept = each.candidate.related && each.candidate.related->port == each.candidate.address.port;
      note("your address from there: " + each.candidate.address.toString() +
           (each.candidate.related ? ", here: " + each.candidate.related->toString() : "") +
           (portKept ? " (the NAT keeps the port)" : ""));
    }
    if (any) return true;
    yes("answers over " + wayText(server));
    if (server.protocol == Protocol::kUdp) note("it sees one of your own addresses: there is no NAT in between");
    return true;
  }

  bool relay(const ice::ServerUrl& server, const Gathered& found) {
    const auto relayed = std::find_if(found.candidates.begin(), found.candidates.end(), [](const auto& each) {
      return each.candidate.type == ice::CandidateType::kRelay;
    });
    if (relayed == found.candidates.end()) {
      no("answered, and gave no relayed address");
      return false;
    }
    yes("username and password are right, over " + wayText(server));
    yes("relays at " + relayed->candidate.address.toString() + ", got in " + millisText(relayed->roundTrip));
    const RelayEcho echo = probe_.echoThroughRelay(server);
    if (!echo.connected) {
      no("two relays of it do not reach each other: it may forbid peers at its own address");
      return false;
    }
    const std::string counts = std::to_string(echo.returned) + " of " + std::to_string(echo.sent) + " packets";
    if (echo.returned == 0) {
      no("carries checks, but none of " + std::to_string(echo.sent) + " packets of data came back");
      return false;
    }
    yes("carries data: " + counts + " came back over two relays, " + millisText(echo.roundTrip) + " there and back");
    return true;
  }

  static std::string failureText(const ice::CandidateError& error, const ice::ServerUrl& server) {
    const std::string said = std::to_string(error.errorCode) + " " + error.errorText;
    if (error.errorCode == 401) return "wrong username or password (" + said + ")";
    if (error.errorCode != 701) return "refuses: " + said;
    return "cannot be used over " + wayText(server) + " (" + said + ")";
  }

  net::Loop loop_;
  Probe probe_;
};

}  // namespace

int checkServers(const IceOptions& options, const std::vector<ice::ServerUrl>& servers) {
  Check check(options);
  size_t bad = 0;
  for (const auto& each : servers) bad += check.server(each) ? 0 : 1;
  if (servers.size() > 1) {
    std::printf("%zu of %zu servers work\n", servers.size() - bad, servers.size());
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace tincan::inline v0::apps
