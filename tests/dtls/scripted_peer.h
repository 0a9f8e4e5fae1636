#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "dtls/connection.h"
#include "dtls/handshake/message.h"
#include "dtls/handshake/reassembly.h"
#include "key_tap.h"
#include "peers.h"

namespace tincan::inline v0::dtls::test {

/// What the peer is about to send in a record of its own: a handshake message, or the payload of another type.
struct Step {
  ContentType content = ContentType::kHandshake;
  uint64_t epoch = 0;
  HandshakeType type = HandshakeType::kHelloRequest;
  Bytes body{};
  std::optional<uint16_t> sequence{};  ///< a message_seq of its own, and none is used up
  std::optional<uint32_t> claimed{};   ///< a length of its own in the header

  bool raw = false;  ///< `body` is the whole payload, whatever the content type says

  bool is(HandshakeType which) const { return content == ContentType::kHandshake && !raw && type == which; }
};
using Steps = std::vector<Step>;

Step message(HandshakeType type, uint64_t epoch, Bytes body);
Step record(ContentType type, uint64_t epoch, Bytes payload);

/// A far end of one connection of ours (the subject) that keeps to the protocol but for what a test changes: a genuine
/// connection whose messages are opened, handed flight by flight to the change, and sealed anew for the subject. It
/// sees what the subject says, under keys too.
class ScriptedPeer {
 public:
  using Change = std::function<void(ScriptedPeer&, Steps&)>;
  struct Alert {
    AlertLevel level;
    AlertDescription description;
    uint64_t epoch;
  };

  ScriptedPeer(Config subject, Config far, Change change);

  /// Until nobody has anything more to say. No time passes.
  void run();
  /// Says nothing more, until the subject's handshake is over.
  void waitOut();
  /// Seals for the subject, and lets it answer.
  void send(const Step& step);
  void send(const Steps& steps);

  Connection& subject() { return subject_; }
  const Log& log() const { return log_; }
  const crypto::Identity& identity() const { return *farConfig_.identity; }
  /// The alerts that the subject sent.
  const std::vector<Alert>& alerts() const { return alerts_; }
  /// What the subject sent and took, in order: its transcript.
  const std::vector<HandshakeMessage>& conversation() const { return conversation_; }
  /// The first body of a type in the conversation; empty when there is none.
  Bytes said(HandshakeType type) const;
  uint16_t nextSequence() const { return nextSequence_; }
  /// The subject's messages no longer reach the genuine end; what it sent is as if lost.
  void cutOff() { cutOff_ = true; }

 private:
  bool takeFromSubject();
  Steps takeFromFar();
  void observe(ByteView datagram);
  void note(HandshakeMessage message);

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  Config farConfig_;
  Change change_;
  PacketPool pool_;
  SeededRandom subjectRandom_, farRandom_;
  Connection subject_, far_;
  KeyTap subjectTap_, farTap_;
  Reassembly fromSubject_, fromFar_;
  Log log_;
  std::vector<Alert> alerts_;
  std::vector<HandshakeMessage> conversation_;
  uint16_t nextSequence_ = 0;
  bool cutOff_ = false;
};

}  // namespace tincan::inline v0::dtls::test
