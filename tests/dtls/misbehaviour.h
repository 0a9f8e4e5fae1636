#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scripted_peer.h"

namespace tincan::inline v0::dtls::test {

/// What the RFC has the subject do about it.
enum class Outcome : uint8_t {
  kFatal,     ///< the alert, and no keys
  kWarned,    ///< the alert as a warning, and the connection goes on
  kConnects,  ///< ignored: no alert, and the handshake comes to its end
  kRefused,   ///< a hello that shares nothing with us: dropped, and the genuine one after it connects (LIMITS A13)
  kWaits,     ///< dropped: no alert, no keys, and the subject still waits
};

/// One thing that a peer does wrong.
struct Misbehaviour {
  std::string_view name;
  Role subject = Role::kClient;
  Version version = Version::kDtls12;
  Outcome outcome = Outcome::kFatal;
  AlertDescription alert = AlertDescription::kCloseNotify;
  ScriptedPeer::Change change{};
  /// Sent once both are connected.
  Steps afterwards{};
  /// Other settings than the usual ones.
  std::function<void(Config& subject, Config& far)> configure{};
};

std::vector<Misbehaviour> misbehaviours12Client();
std::vector<Misbehaviour> misbehaviours12Server();
std::vector<Misbehaviour> misbehaviours13Client();
std::vector<Misbehaviour> misbehaviours13Server();
/// What either end of 1.3 can do wrong once keys are on.
std::vector<Misbehaviour> misbehaviours13Either(Role subject);

// ---- The vocabulary of the tables. Each changes a flight that has such a message, and leaves others alone.

using Change = ScriptedPeer::Change;
using Edit = std::function<void(ScriptedPeer&, Bytes& body)>;

Change edit(HandshakeType type, Edit change);
Change without(HandshakeType type);
Change without(ContentType type);
Change twice(HandshakeType type);
Change swapped(HandshakeType first, HandshakeType second);
Change before(HandshakeType type, Step inserted);
Change after(HandshakeType type, Step inserted);
Change instead(HandshakeType type, Step other);
Change underEpoch(HandshakeType type, uint64_t epoch);
Change claiming(HandshakeType type, int delta);
/// A first hello that is changed, and then the genuine one.
Change helloBefore(Edit change);
Change both(Change a, Change b);

// Edits of a body.
Edit resize(int delta);
Edit setByte(size_t at, uint8_t value);
Edit flipByte(size_t at);
Edit flipLast();
Edit set16(size_t at, uint16_t value);
Edit replaceWith(Bytes body);

/// The extensions of a message, in order.
struct ExtensionList {
  std::vector<std::pair<uint16_t, Bytes>> all;
  Bytes* find(ExtensionType type);
  void add(ExtensionType type, Bytes data) { all.emplace_back(static_cast<uint16_t>(type), std::move(data)); }
  void add(uint16_t type, Bytes data) { all.emplace_back(type, std::move(data)); }
  void set(ExtensionType type, Bytes data);
  void remove(ExtensionType type);
};
/// In a hello, or in EncryptedExtensions (`at` 0).
Edit extensions(std::function<void(ExtensionList&)> change);
Edit encryptedExtensions(std::function<void(ExtensionList&)> change);
size_t extensionsAt(ByteView hello, bool client);

}  // namespace tincan::inline v0::dtls::test
