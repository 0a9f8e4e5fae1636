// What either end of DTLS 1.3 can do wrong: its authentication, and what comes under application keys.
#include "crypto/hash.h"
#include "dtls/dtls13/messages.h"
#include "dtls/handshake/certificate_verify.h"
#include "misbehaviour.h"

namespace tincan::inline v0::dtls::test {
namespace {

using enum HandshakeType;
using A = AlertDescription;
constexpr Version k13 = Version::kDtls13;

/// certificate_request_context(1) certificate_list(3) of certificate(3) extensions(2)
Bytes certificates(Bytes context, std::initializer_list<ByteView> list, Bytes extensions = {}) {
  ByteBuilder out;
  out.prefixed(1, [&] { out.bytes(context); });
  out.prefixed(3, [&] {
    for (const ByteView each : list) {
      out.prefixed(3, [&] { out.bytes(each); });
      out.prefixed(2, [&] { out.bytes(extensions); });
    }
  });
  return out.take();
}

// As transcripts of 1.3 have it: TLS's header of four bytes (RFC 9147 §5.2).
Bytes inTranscript(HandshakeType type, ByteView body) {
  return ByteBuilder().u8(static_cast<uint8_t>(type)).u24(static_cast<uint32_t>(body.size())).bytes(body).take();
}

// A CertificateVerify by `signer` (null: the peer's own) in the name of `as`, over the conversation without its last
// `left` messages.
Change signedVerify(const crypto::Identity* signer, Role as, size_t left) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    std::vector<Bytes> messages;
    for (const HandshakeMessage& each : peer.conversation()) messages.push_back(inTranscript(each.type, each.body));
    for (Step& each : steps) {
      if (each.is(kCertificateVerify)) {
        crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
        for (size_t i = 0; i + left < messages.size(); ++i) hasher.update(messages[i]);
        const Bytes content = dtls13::signedContent(as, hasher.peek().view());
        const crypto::Identity& identity = signer != nullptr ? *signer : peer.identity();
        CertificateVerify verify{0x0403, identity.sign(crypto::SignatureScheme::kEcdsaP256Sha256, content).value()};
        each.body = verify.serialize();
      }
      if (each.content == ContentType::kHandshake && !each.raw) {
        messages.push_back(inTranscript(each.type, each.body));
      }
    }
  };
}

void addCertificateRows(std::vector<Misbehaviour>& rows, Role us) {
  const auto on = [&](std::string_view name, A alert, Edit change) {
    rows.push_back({name, us, k13, Outcome::kFatal, alert, edit(kCertificate, std::move(change))});
  };
  const ByteView other = otherIdentity().certificate().der();
  // RFC 8446 §4.4.2.4: a server's must not be empty at all.
  on("empty certificate list", us == Role::kClient ? A::kDecodeError : A::kCertificateRequired,
     replaceWith(certificates({}, {})));
  on("certificate with a context", A::kIllegalParameter, replaceWith(certificates({7}, {other})));
  on("certificate with an extension", A::kUnsupportedExtension, replaceWith(certificates({}, {other}, {0, 18, 0, 0})));
  on("five certificates", A::kBadCertificate, [](ScriptedPeer&, Bytes& b) {
    for (int i = 0; i < 4; ++i) b.insert(b.end(), {0, 0, 1, 7, 0, 0});  // behind the right one
    storeBe16(&b[2], static_cast<uint16_t>(b.size() - 4));
  });
  on("another certificate", A::kBadCertificate, replaceWith(certificates({}, {other})));
  on("garbage for a certificate", A::kBadCertificate, replaceWith(certificates({}, {Bytes{0x30, 0}})));
  on("certificate of no bytes", A::kDecodeError, replaceWith(certificates({}, {ByteView()})));
  on("certificate list claims one more", A::kDecodeError, [](ScriptedPeer&, Bytes& b) { ++b[3]; });
  on("certificate claims one less", A::kDecodeError, [](ScriptedPeer&, Bytes& b) { --b[6]; });
  on("Certificate with a byte more", A::kDecodeError, resize(1));
  Misbehaviour expired{"expired certificate: dates are not judged", us, k13, Outcome::kConnects};
  expired.configure = [](Config&, Config& far) {
    static const crypto::Identity kExpired = [] {
      SeededRandom random(9);
      return crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 600'000'000).value();
    }();
    far.identity = &kExpired;
  };
  rows.push_back(std::move(expired));
}

void addProofRows(std::vector<Misbehaviour>& rows, Role us) {
  const auto add = [&](std::string_view name, A alert, Change change) {
    rows.push_back({name, us, k13, Outcome::kFatal, alert, std::move(change)});
  };
  const auto verify = [](Edit change) { return edit(kCertificateVerify, std::move(change)); };
  const Role peer = us == Role::kClient ? Role::kServer : Role::kClient;
  add("CertificateVerify changed", A::kDecryptError, verify(flipLast()));
  add("CertificateVerify of no bytes", A::kDecryptError, verify(replaceWith({4, 3, 0, 0})));
  add("CertificateVerify with PKCS#1", A::kIllegalParameter, verify(set16(0, 0x0401)));
  add("CertificateVerify with SHA-1", A::kIllegalParameter, verify(set16(0, 0x0203)));
  add("CertificateVerify of another key's scheme", A::kIllegalParameter, verify(set16(0, 0x0807)));
  add("CertificateVerify one byte short", A::kDecodeError, verify(resize(-1)));
  add("CertificateVerify with a byte more", A::kDecodeError, verify(resize(1)));
  add("CertificateVerify in our own name", A::kDecryptError, signedVerify(nullptr, us, 0));
  add("CertificateVerify by another key", A::kDecryptError, signedVerify(&otherIdentity(), peer, 0));
  add("CertificateVerify over a shorter transcript", A::kDecryptError, signedVerify(nullptr, peer, 1));
  add("Finished changed", A::kDecryptError, edit(kFinished, flipByte(31)));
  add("Finished one byte short", A::kDecodeError, edit(kFinished, resize(-1)));
  add("Finished with a byte more", A::kDecodeError, edit(kFinished, resize(1)));
  add("Finished of 1.2's length", A::kDecodeError, edit(kFinished, resize(-20)));
  const auto unexpected = [&](std::string_view name, Change change) {
    add(name, A::kUnexpectedMessage, std::move(change));
  };
  unexpected("Certificate twice", twice(kCertificate));
  unexpected("CertificateVerify twice", twice(kCertificateVerify));
  unexpected("CertificateVerify before Certificate", swapped(kCertificate, kCertificateVerify));
  unexpected("Finished before CertificateVerify", swapped(kCertificateVerify, kFinished));
  unexpected("KeyUpdate in the handshake", before(kFinished, message(kKeyUpdate, 2, {0})));
  unexpected("a handshake message that nobody knows",
             before(kFinished, message(static_cast<HandshakeType>(99), 2, {})));
  rows.push_back({"a message that claims a byte more than it has", us, k13, Outcome::kWaits, A::kCloseNotify,
                  claiming(kCertificateVerify, 1)});
  rows.push_back(
      {"a fragment beyond its message", us, k13, Outcome::kWaits, A::kCloseNotify, claiming(kCertificateVerify, -1)});
  rows.push_back({"ChangeCipherSpec in the clear: passed over", us, k13, Outcome::kConnects, A::kCloseNotify,
                  before(kCertificate, record(ContentType::kChangeCipherSpec, 0, {1}))});
  rows.push_back({"an ACK in the clear: dropped", us, k13, Outcome::kConnects, A::kCloseNotify,
                  before(kCertificate, record(ContentType::kAck, 0, Bytes(18)))});
  add("ChangeCipherSpec under handshake keys", A::kUnexpectedMessage,
      before(kCertificateVerify, record(ContentType::kChangeCipherSpec, 2, {1})));
  add("a record of no known type under handshake keys", A::kUnexpectedMessage,
      before(kCertificateVerify, record(static_cast<ContentType>(99), 2, {1})));
}

void addLaterRows(std::vector<Misbehaviour>& rows, Role us) {
  const auto later = [&](std::string_view name, Outcome outcome, A alert, Steps steps) {
    rows.push_back({name, us, k13, outcome, alert, nullptr, std::move(steps)});
  };
  const auto fatal = [&](std::string_view name, A alert, Step step) {
    later(name, Outcome::kFatal, alert, {std::move(step)});
  };
  fatal("KeyUpdate of a third kind", A::kIllegalParameter, message(kKeyUpdate, 3, {2}));
  fatal("KeyUpdate of no bytes", A::kDecodeError, message(kKeyUpdate, 3, {}));
  fatal("KeyUpdate of two bytes", A::kDecodeError, message(kKeyUpdate, 3, {0, 0}));
  later("KeyUpdate twice under the same keys", Outcome::kFatal, A::kUnexpectedMessage,
        {message(kKeyUpdate, 3, {0}), message(kKeyUpdate, 3, {0})});
  fatal("Finished once more", A::kUnexpectedMessage, message(kFinished, 3, Bytes(32)));
  fatal("CertificateVerify once connected", A::kUnexpectedMessage, message(kCertificateVerify, 3, Bytes(8)));
  fatal("ACK cut short", A::kDecodeError, record(ContentType::kAck, 3, {0, 16, 0}));
  fatal("ACK with half a number", A::kDecodeError, record(ContentType::kAck, 3, {0, 8, 0, 0, 0, 0, 0, 0, 0, 3}));
  fatal("ACK with a byte more", A::kDecodeError, record(ContentType::kAck, 3, {0, 0, 7}));
  fatal("ACK of no bytes", A::kDecodeError, record(ContentType::kAck, 3, {}));
  later("ACK of nothing", Outcome::kConnects, A::kCloseNotify, {record(ContentType::kAck, 3, {0, 0})});
  later("ACK of records never sent", Outcome::kConnects, A::kCloseNotify,
        {record(ContentType::kAck, 3, {0, 16, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 99, 99})});
  fatal("half a handshake header under keys", A::kDecodeError, record(ContentType::kHandshake, 3, {0, 0, 0}));
  fatal("an empty handshake record", A::kUnexpectedMessage, record(ContentType::kHandshake, 3, {}));
  fatal("an empty alert", A::kUnexpectedMessage, record(ContentType::kAlert, 3, {}));
  fatal("an alert of three bytes", A::kDecodeError, record(ContentType::kAlert, 3, {1, 90, 0}));
  fatal("ChangeCipherSpec under keys", A::kUnexpectedMessage, record(ContentType::kChangeCipherSpec, 3, {1}));
  fatal("a record of no known type under keys", A::kUnexpectedMessage,
        record(static_cast<ContentType>(99), 3, Bytes(4)));
  later("plaintext fatal alert once connected", Outcome::kConnects, A::kCloseNotify,
        {record(ContentType::kAlert, 0, {2, 40})});
  later("user_canceled: the connection goes on", Outcome::kConnects, A::kCloseNotify,
        {record(ContentType::kAlert, 3, {1, 90})});
}

}  // namespace

std::vector<Misbehaviour> misbehaviours13Either(Role subject) {
  std::vector<Misbehaviour> rows;
  addCertificateRows(rows, subject);
  addProofRows(rows, subject);
  addLaterRows(rows, subject);
  return rows;
}

}  // namespace tincan::inline v0::dtls::test
