// 1.3: every message in every state, under every epoch, and cut short: a scripted peer in place of each side, that
// seals what it sends.
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dtls/connection.h"
#include "dtls/dtls13/messages.h"
#include "dtls/handshake/certificate_verify.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/server_hello.h"
#include "peers.h"
#include "scripted_peer.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::message;
using test::ScriptedPeer;
using test::Step;
using test::Steps;

enum class Retry : uint8_t { kNone, kGroup, kCookie };

/// One way that a handshake goes, for one end of it.
struct Course {
  Role subject;
  Retry retry;

  Config config(Role role) const {
    Config out = test::config(role, KeyType::kEd25519, Version::kDtls13);  // signatures of one size
    if (role == Role::kServer) {
      out.cookieExchange = retry == Retry::kCookie;
      if (retry == Retry::kGroup) out.groups = {crypto::NamedGroup::kP256};
    }
    return out;
  }
  ScriptedPeer peer(ScriptedPeer::Change change) const {
    const Role far = subject == Role::kClient ? Role::kServer : Role::kClient;
    return ScriptedPeer(config(subject), config(far), std::move(change));
  }
  /// What the subject gets, in order.
  Steps genuine() const {
    Steps out;
    ScriptedPeer whole = peer([&](ScriptedPeer&, Steps& steps) {
      for (const Step& each : steps) {
        if (each.content == ContentType::kHandshake) out.push_back(each);
      }
    });
    whole.run();
    EXPECT_EQ(whole.subject().state(), State::kConnected);
    return out;
  }
};

constexpr Course kCourses[] = {{Role::kClient, Retry::kNone},   {Role::kServer, Retry::kNone},
                               {Role::kClient, Retry::kGroup},  {Role::kServer, Retry::kGroup},
                               {Role::kClient, Retry::kCookie}, {Role::kServer, Retry::kCookie}};

/// `count` genuine messages, then what `change` makes of the next one, and nothing more.
ScriptedPeer::Change at(size_t count, std::function<void(Step&)> change) {
  return [left = count, over = false, change](ScriptedPeer& peer, Steps& steps) mutable {
    if (over) return steps.clear();
    for (size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].content != ContentType::kHandshake || left-- > 0) continue;
      change(steps[i]);
      steps.resize(i + 1);
      peer.cutOff();
      over = true;
      return;
    }
  };
}

std::string label(const Course& course, size_t step, int what) {
  return std::string(course.subject == Role::kClient ? "client" : "server") + ", retry " +
         std::to_string(static_cast<int>(course.retry)) + ", step " + std::to_string(step) + ", " +
         std::to_string(what);
}

// LIMITS A13: a first hello may be anyone's, and one that should have our cookie too.
bool isAnyonesHello(const Course& course, size_t step) {
  return course.subject == Role::kServer && (step == 0 || (step == 1 && course.retry == Retry::kCookie));
}

void expectRefused(ScriptedPeer& peer) {
  EXPECT_EQ(peer.subject().state(), State::kConnecting);
  EXPECT_EQ(peer.subject().stats().helloesRefused, 1u);
  EXPECT_TRUE(peer.alerts().empty());
}

// At once under keys; in the clear, at the time-out.
void expectFatal(ScriptedPeer& peer, AlertDescription alert) {
  peer.waitOut();
  EXPECT_EQ(peer.subject().state(), State::kFailed);
  ASSERT_EQ(peer.alerts().size(), 1u);
  EXPECT_EQ(peer.alerts()[0].description, alert) << name(peer.alerts()[0].description);
}

// All that have a meaning in either version, and a few that have none.
constexpr int kTypes[] = {0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 21, 24, 25, 99, 254, 255};

TEST(Dtls13States, EveryMessageInEveryState) {
  size_t cases = 0;
  for (const Course& course : kCourses) {
    const Steps genuine = course.genuine();
    ASSERT_EQ(genuine.size(), (course.subject == Role::kClient ? 6u : 4u) + (course.retry == Retry::kNone ? 0 : 1));
    for (size_t step = 0; step < genuine.size(); ++step) {
      for (const int type : kTypes) {
        const auto kind = static_cast<HandshakeType>(type);
        if (kind == genuine[step].type) continue;
        SCOPED_TRACE(label(course, step, type));
        ScriptedPeer peer =
            course.peer(at(step, [&](Step& next) { next = message(kind, genuine[step].epoch, Bytes(40)); }));
        peer.run();
        ++cases;
        EXPECT_FALSE(peer.log().keys);
        if (isAnyonesHello(course, step)) {
          expectRefused(peer);
        } else {
          expectFatal(peer, AlertDescription::kUnexpectedMessage);
        }
      }
    }
  }
  std::printf("%zu messages out of their state\n", cases);
}

TEST(Dtls13States, EveryMessageOnceConnected) {
  for (const Course& course : {kCourses[0], kCourses[1]}) {
    for (const int type : kTypes) {
      SCOPED_TRACE(label(course, 99, type));
      ScriptedPeer peer = course.peer(nullptr);
      peer.run();
      ASSERT_EQ(peer.subject().state(), State::kConnected);
      const auto kind = static_cast<HandshakeType>(type);
      peer.send(message(kind, 3, Bytes(40)));
      if (kind == HandshakeType::kNewSessionTicket && course.subject == Role::kClient) {
        EXPECT_EQ(peer.subject().state(), State::kConnected);
        EXPECT_TRUE(peer.alerts().empty());
      } else {
        expectFatal(peer, kind == HandshakeType::kKeyUpdate ? AlertDescription::kDecodeError
                                                            : AlertDescription::kUnexpectedMessage);
      }
    }
  }
}

// The right message, in the clear where keys are on, or under keys that are not: nobody's, so nothing comes of it.
TEST(Dtls13States, EveryMessageUnderAnotherEpoch) {
  for (const Course& course : kCourses) {
    const Steps genuine = course.genuine();
    for (size_t step = 0; step < genuine.size(); ++step) {
      for (uint64_t epoch = 0; epoch <= 3; ++epoch) {
        if (epoch == genuine[step].epoch) continue;
        SCOPED_TRACE(label(course, step, static_cast<int>(epoch)));
        ScriptedPeer peer = course.peer(at(step, [&](Step& next) { next.epoch = epoch; }));
        peer.run();
        EXPECT_EQ(peer.subject().state(), State::kConnecting);
        EXPECT_TRUE(peer.alerts().empty());
        EXPECT_FALSE(peer.log().keys);
      }
    }
  }
}

TEST(Dtls13States, EveryMessageCutShortOrWithOneMore) {
  size_t shorter = 0;
  for (const Course& course : kCourses) {
    const Steps genuine = course.genuine();
    for (size_t step = 0; step < genuine.size(); ++step) {
      const size_t size = genuine[step].body.size();
      for (size_t cut = 0; cut <= size + 1; ++cut) {
        // Each cut is a handshake: a few of the middle will do here, the test of the parsers has them all.
        if (cut == size || (cut > 4 && cut + 3 < size && cut % 61 != 0)) continue;
        SCOPED_TRACE(label(course, step, static_cast<int>(cut)));
        ScriptedPeer peer = course.peer(at(step, [&](Step& next) { next.body.resize(cut); }));
        peer.run();
        EXPECT_FALSE(peer.log().keys);
        if (isAnyonesHello(course, step)) {
          expectRefused(peer);
          continue;
        }
        // A hello may end where its extensions would begin: then it is whole, and says too little.
        const HandshakeType type = genuine[step].type;
        const bool hello = type == HandshakeType::kClientHello || type == HandshakeType::kServerHello;
        if (hello && peer.subject().state() == State::kFailed && peer.alerts().size() == 1 &&
            peer.alerts()[0].description != AlertDescription::kDecodeError) {
          ++shorter;
          continue;
        }
        expectFatal(peer, AlertDescription::kDecodeError);
      }
    }
  }
  EXPECT_LE(shorter, 8u);
}

Status parse(HandshakeType type, ByteView body) {
  if (type == HandshakeType::kClientHello) {
    ClientHello out;
    return ClientHello::parse(body, out);
  }
  if (type == HandshakeType::kServerHello) {
    ServerHello out;
    return ServerHello::parse(body, out);
  }
  if (type == HandshakeType::kEncryptedExtensions) {
    dtls13::EncryptedExtensions out;
    return dtls13::EncryptedExtensions::parse(body, true, out);
  }
  if (type == HandshakeType::kCertificateRequest) {
    dtls13::CertificateRequest out;
    return dtls13::CertificateRequest::parse(body, out);
  }
  if (type == HandshakeType::kCertificate) {
    dtls13::CertificateList out;
    return dtls13::CertificateList::parse(body, out);
  }
  if (type == HandshakeType::kCertificateVerify) {
    CertificateVerify out;
    return CertificateVerify::parse(body, out);
  }
  dtls13::KeyUpdateMessage out;
  return dtls13::KeyUpdateMessage::parse(body, out);
}

TEST(Dtls13States, EveryParserAtEveryByte) {
  Steps all = {message(HandshakeType::kKeyUpdate, 3, dtls13::KeyUpdateMessage{true}.serialize())};
  for (const Course& course : {kCourses[2], kCourses[5]}) {
    for (const Step& each : course.genuine()) all.push_back(each);
  }
  for (const Step& each : all) {
    if (each.is(HandshakeType::kFinished)) continue;  // its size is all there is to it
    SCOPED_TRACE(name(each.type));
    const bool hello = each.is(HandshakeType::kClientHello) || each.is(HandshakeType::kServerHello);
    EXPECT_TRUE(parse(each.type, each.body).ok());
    size_t accepted = 0;
    for (size_t cut = 0; cut < each.body.size(); ++cut) {
      if (parse(each.type, ByteView(each.body).first(cut)).ok()) ++accepted;
    }
    EXPECT_EQ(accepted, hello ? 1u : 0u);  // a hello may end where its extensions would begin
    Bytes longer = each.body;
    longer.push_back(0);
    EXPECT_FALSE(parse(each.type, longer).ok());
    // Each byte one up and one down: refused, or read, but never past the end.
    for (size_t i = 0; i < each.body.size(); ++i) {
      for (const int delta : {1, -1}) {
        Bytes changed = each.body;
        changed[i] = static_cast<uint8_t>(changed[i] + delta);
        (void)parse(each.type, changed);
      }
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls
