#include "scripted_peer.h"

#include <algorithm>

namespace tincan::inline v0::dtls::test {
namespace {

Config logging(Config config) {
  config.keepKeyLog = true;
  return config;
}

// A flight in one datagram, so that a change sees all of it at once.
Config whole(Config config) {
  config.mtu = 1500;
  return config;
}

}  // namespace

Step message(HandshakeType type, uint64_t epoch, Bytes body) {
  Step out;
  out.epoch = epoch;
  out.type = type;
  out.body = std::move(body);
  return out;
}

Step record(ContentType type, uint64_t epoch, Bytes payload) {
  Step out;
  out.content = type;
  out.epoch = epoch;
  out.body = std::move(payload);
  out.raw = true;
  return out;
}

ScriptedPeer::ScriptedPeer(Config subject, Config far, Change change)
    : farConfig_(logging(whole(std::move(far)))),
      change_(std::move(change)),
      subjectRandom_(1),
      farRandom_(2),
      subject_(logging(subject), subjectRandom_, pool_),
      far_(farConfig_, farRandom_, pool_),
      subjectTap_(subject_, subject.role),
      farTap_(far_, farConfig_.role) {
  subject_.setRemoteFingerprints(fingerprintsOf(*farConfig_.identity));
  far_.setRemoteFingerprints(fingerprintsOf(*subject.identity));
}

void ScriptedPeer::run() {
  subject_.start(now_);
  far_.start(now_);
  for (bool moved = true; moved;) {
    moved = takeFromSubject();
    Steps steps = takeFromFar();
    if (steps.empty()) continue;
    moved = true;
    if (change_) change_(*this, steps);
    send(steps);
  }
  log_.drain(subject_);
}

void ScriptedPeer::waitOut() {
  cutOff();
  while (subject_.state() == State::kConnecting && !subject_.nextTimeout().isNever()) {
    now_ = std::max(now_, subject_.nextTimeout());
    subject_.handleTimeout(now_);
    takeFromSubject();
  }
  log_.drain(subject_);
}

void ScriptedPeer::send(const Steps& steps) {
  for (const Step& each : steps) send(each);
}

void ScriptedPeer::send(const Step& step) {
  Bytes payload = step.body;
  if (!step.raw) {
    const auto size = static_cast<uint32_t>(step.body.size());
    HandshakeMessage whole{step.type, step.sequence ? *step.sequence : nextSequence_++, step.epoch, step.body};
    ByteBuilder builder;
    FragmentHeader{step.type, step.claimed.value_or(size), whole.sequence, 0, size}.write(builder);
    payload = builder.bytes(step.body).take();
    if (step.is(HandshakeType::kServerHello) && step.epoch == 0) subjectTap_.sawServerHello(step.body);
    if (!step.sequence) conversation_.push_back(std::move(whole));
  }
  subjectTap_.refresh();
  PacketBuffer packet = pool_.allocate();
  if (!subjectTap_.to.write(step.content, step.epoch, payload, packet)) return;  // it never came to these keys
  subject_.receive(now_, std::move(packet));
  takeFromSubject();
  log_.drain(subject_);
}

Bytes ScriptedPeer::said(HandshakeType type) const {
  for (const HandshakeMessage& each : conversation_) {
    if (each.type == type) return each.body;
  }
  return {};
}

bool ScriptedPeer::takeFromSubject() {
  bool any = false;
  PacketBuffer packet;
  while (subject_.pollTransmit(now_, packet)) {
    any = true;
    observe(packet.view());
    if (!cutOff_) far_.receive(now_, std::move(packet));
  }
  return any;
}

void ScriptedPeer::observe(ByteView datagram) {
  Bytes copy = toBytes(datagram);
  MutableByteView rest = copy, raw;
  while (!rest.empty()) {
    subjectTap_.refresh();
    Record record;
    if (subjectTap_.from.read(rest, record, raw) != RecordLayer::Outcome::kRecord) continue;
    if (record.type == ContentType::kAlert && record.payload.size() == 2) {
      alerts_.push_back({static_cast<AlertLevel>(record.payload[0]), static_cast<AlertDescription>(record.payload[1]),
                         record.number.epoch});
    }
    if (record.type != ContentType::kHandshake) continue;
    ByteReader reader(record.payload);
    while (!reader.atEnd()) {
      const FragmentHeader header = FragmentHeader::read(reader);
      (void)fromSubject_.add(header, reader.view(header.fragmentLength), record.number.epoch);
      while (auto message = fromSubject_.next()) note(std::move(*message));
    }
  }
}

void ScriptedPeer::note(HandshakeMessage message) {
  if (message.type == HandshakeType::kServerHello) {
    subjectTap_.sawServerHello(message.body);
    farTap_.sawServerHello(message.body);
  }
  conversation_.push_back(std::move(message));
}

Steps ScriptedPeer::takeFromFar() {
  Steps out;
  PacketBuffer packet;
  while (far_.pollTransmit(now_, packet)) {
    MutableByteView rest = packet.mutableView(), raw;
    while (!rest.empty()) {
      farTap_.refresh();
      Record opened;
      if (farTap_.from.read(rest, opened, raw) != RecordLayer::Outcome::kRecord) continue;
      const uint64_t epoch = opened.number.epoch;
      if (opened.type != ContentType::kHandshake) {
        out.push_back(record(opened.type, epoch, toBytes(opened.payload)));
        continue;
      }
      ByteReader reader(opened.payload);
      while (!reader.atEnd()) {
        const FragmentHeader header = FragmentHeader::read(reader);
        (void)fromFar_.add(header, reader.view(header.fragmentLength), epoch);
        while (auto whole = fromFar_.next()) {
          if (whole->type == HandshakeType::kServerHello) farTap_.sawServerHello(whole->body);
          out.push_back(message(whole->type, epoch, std::move(whole->body)));
        }
      }
    }
  }
  return out;
}

}  // namespace tincan::inline v0::dtls::test
