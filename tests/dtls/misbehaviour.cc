#include "misbehaviour.h"

#include <algorithm>

namespace tincan::inline v0::dtls::test {
namespace {

Steps::iterator find(Steps& steps, HandshakeType type) {
  return std::find_if(steps.begin(), steps.end(), [&](const Step& each) { return each.is(type); });
}

// version(2) random(32) session_id<> [client: cookie<> cipher_suites<2> compressions<> | server: suite(2) method(1)]
constexpr size_t kSessionIdAt = 34;

Edit editExtensions(std::function<size_t(const Bytes&)> where, std::function<void(ExtensionList&)> change) {
  return [=](ScriptedPeer&, Bytes& body) {
    const size_t at = where(body);
    ByteReader reader(body);
    reader.skip(at);
    ByteReader block(reader.prefixed16());
    ExtensionList list;
    while (!block.atEnd()) {
      const uint16_t type = block.u16();
      list.add(type, toBytes(block.prefixed16()));
    }
    change(list);
    ByteBuilder out;
    out.bytes(ByteView(body).first(at));
    out.prefixed(2, [&] {
      for (const auto& [type, data] : list.all) {
        out.u16(type);
        out.prefixed(2, [&, &bytes = data] { out.bytes(bytes); });
      }
    });
    body = out.take();
  };
}

}  // namespace

Change edit(HandshakeType type, Edit change) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) change(peer, it->body);
  };
}

Change without(HandshakeType type) {
  return [=](ScriptedPeer&, Steps& steps) { std::erase_if(steps, [&](const Step& each) { return each.is(type); }); };
}

Change without(ContentType type) {
  return [=](ScriptedPeer&, Steps& steps) {
    std::erase_if(steps, [&](const Step& each) { return each.content == type; });
  };
}

Change twice(HandshakeType type) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it == steps.end()) return;
    const Step copy = *it;
    steps.insert(it, copy);
  };
}

Change swapped(HandshakeType first, HandshakeType second) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto a = find(steps, first), b = find(steps, second);
    if (a != steps.end() && b != steps.end()) std::swap(*a, *b);
  };
}

Change before(HandshakeType type, Step inserted) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) steps.insert(it, inserted);
  };
}

Change after(HandshakeType type, Step inserted) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) steps.insert(it + 1, inserted);
  };
}

Change instead(HandshakeType type, Step other) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) *it = other;
  };
}

Change underEpoch(HandshakeType type, uint64_t epoch) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) it->epoch = epoch;
  };
}

Change claiming(HandshakeType type, int delta) {
  return [=](ScriptedPeer&, Steps& steps) {
    const auto it = find(steps, type);
    if (it != steps.end()) it->claimed = static_cast<uint32_t>(static_cast<int>(it->body.size()) + delta);
  };
}

Change helloBefore(Edit change) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    const auto it = find(steps, HandshakeType::kClientHello);
    if (it == steps.end()) return;
    Step wrong = *it;
    change(peer, wrong.body);
    wrong.sequence = peer.nextSequence();
    steps.insert(it, std::move(wrong));
  };
}

Change both(Change a, Change b) {
  return [=](ScriptedPeer& peer, Steps& steps) {
    a(peer, steps);
    b(peer, steps);
  };
}

Edit resize(int delta) {
  return [=](ScriptedPeer&, Bytes& body) { body.resize(static_cast<size_t>(static_cast<int>(body.size()) + delta)); };
}
Edit setByte(size_t at, uint8_t value) {
  return [=](ScriptedPeer&, Bytes& body) { body.at(at) = value; };
}
Edit flipByte(size_t at) {
  return [=](ScriptedPeer&, Bytes& body) { body.at(at) ^= 1; };
}
Edit flipLast() {
  return [=](ScriptedPeer&, Bytes& body) { body.back() ^= 1; };
}
Edit set16(size_t at, uint16_t value) {
  return [=](ScriptedPeer&, Bytes& body) { storeBe16(&body.at(at), value); };
}
Edit replaceWith(Bytes other) {
  return [=](ScriptedPeer&, Bytes& body) { body = other; };
}

Bytes* ExtensionList::find(ExtensionType type) {
  for (auto& [each, data] : all) {
    if (each == static_cast<uint16_t>(type)) return &data;
  }
  return nullptr;
}

void ExtensionList::set(ExtensionType type, Bytes data) {
  if (Bytes* there = find(type)) {
    *there = std::move(data);
  } else {
    add(type, std::move(data));
  }
}

void ExtensionList::remove(ExtensionType type) {
  std::erase_if(all, [&](const auto& each) { return each.first == static_cast<uint16_t>(type); });
}

size_t extensionsAt(ByteView hello, bool client) {
  ByteReader reader(hello);
  reader.skip(kSessionIdAt);
  reader.prefixed8();
  if (client) {
    reader.prefixed8();
    reader.prefixed16();
    reader.prefixed8();
  } else {
    reader.skip(3);
  }
  return hello.size() - reader.remaining();
}

// Told apart by what fits: a ServerHello's three bytes and the extensions behind the session id fill the message.
Edit extensions(std::function<void(ExtensionList&)> change) {
  const auto where = [](const Bytes& body) {
    const size_t server = extensionsAt(body, false);
    const bool fits = server + 2 <= body.size() && server + 2 + loadBe16(&body[server]) == body.size();
    return fits ? server : extensionsAt(body, true);
  };
  return editExtensions(where, std::move(change));
}

Edit encryptedExtensions(std::function<void(ExtensionList&)> change) {
  return editExtensions([](const Bytes&) { return size_t{0}; }, std::move(change));
}

}  // namespace tincan::inline v0::dtls::test
