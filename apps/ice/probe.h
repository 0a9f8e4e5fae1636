#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "apps/ice/agent_endpoint.h"
#include "apps/ice/options.h"
#include "net/driver.h"
#include "net/loop.h"

namespace tincan::inline v0::apps {

/// What one gathering found.
struct Gathered {
  std::vector<ice::CandidateGathered> candidates;
  std::vector<ice::CandidateError> errors;
  bool complete = false;  ///< false: time was up
  Duration took;
};

/// What a packet over two relays of one server did.
struct RelayEcho {
  bool connected = false;
  size_t sent = 0, returned = 0;
  Duration roundTrip;  ///< the median
};

/// Asks a network what it lets through, with agents of its own, one question after the other. Owned by the command.
class Probe {
 public:
  Probe(net::Loop& loop, const IceOptions& options);

  /// `found` is called for each candidate and each error as it comes.
  Gathered gather(const std::vector<ice::ServerUrl>& servers, bool relayOnly,
                  const std::function<void(const ice::Event&)>& found = {});
  /// Two agents of ours that may only meet over relays of this server send each other packets.
  RelayEcho echoThroughRelay(const ice::ServerUrl& server);

 private:
  net::DriverConfig driverConfig() const;

  net::Loop& loop_;
  const IceOptions& options_;
};

}  // namespace tincan::inline v0::apps
