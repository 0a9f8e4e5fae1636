#pragma once

#include <cstdint>

namespace tincan::inline v0::dtls {

/// Counters of one connection, over its life.
struct Stats {
  uint64_t datagramsSent = 0;
  uint64_t datagramsReceived = 0;
  uint64_t bytesSent = 0;
  uint64_t bytesReceived = 0;
  uint64_t flightsSent = 0;  ///< those sent again included: what is polled after it went up begins with a flight
  uint64_t flightsRetransmitted = 0;
  uint64_t acksSent = 0;                ///< DTLS 1.3
  uint64_t acksReceived = 0;            ///< DTLS 1.3
  uint64_t keyUpdates = 0;              ///< DTLS 1.3: in both directions
  uint64_t recordsDropped = 0;          ///< malformed, unauthenticated, replayed, of no use, or over a bound
  uint64_t recordsReplayed = 0;         ///< of those: seen before
  uint64_t authenticationFailures = 0;  ///< of those: the tag did not match
  uint64_t messagesPassedOver = 0;      ///< of those: handshake messages and alerts in the clear that ended nothing
  uint64_t helloesRefused = 0;          ///< servers: ClientHellos that we share nothing with

  Stats& operator+=(const Stats& other) {
    datagramsSent += other.datagramsSent;
    datagramsReceived += other.datagramsReceived;
    bytesSent += other.bytesSent;
    bytesReceived += other.bytesReceived;
    flightsSent += other.flightsSent;
    flightsRetransmitted += other.flightsRetransmitted;
    acksSent += other.acksSent;
    acksReceived += other.acksReceived;
    keyUpdates += other.keyUpdates;
    recordsDropped += other.recordsDropped;
    recordsReplayed += other.recordsReplayed;
    authenticationFailures += other.authenticationFailures;
    messagesPassedOver += other.messagesPassedOver;
    helloesRefused += other.helloesRefused;
    return *this;
  }
};

}  // namespace tincan::inline v0::dtls
