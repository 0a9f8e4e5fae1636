#include "dtls/dtls13/key_update.h"

#include "dtls/dtls13/messages.h"

namespace tincan::inline v0::dtls::dtls13 {
namespace {

// Records of the old epoch that were overtaken by ones of the new (RFC 9147 §4.2.1): a path's worst delay.
constexpr Duration kKeepOldKeys = Duration::seconds(5);
// A peer that only ever renews its keys, and sends nothing under them, wants our time.
constexpr int kMaxWithoutData = 32;

}  // namespace

void KeyUpdate::begin(const CipherSuite& suite, crypto::SecretBytes reading, crypto::SecretBytes writing) {
  suite_ = &suite;
  reading_ = std::move(reading);
  writing_ = std::move(writing);
}

void KeyUpdate::request(TimePoint now, bool peerToo) {
  if (inFlight_) return;  // new keys are on their way
  wanted_ = true;
  peerToo_ |= peerToo;
  if (link_.flightEmpty()) send(now);
}

void KeyUpdate::send(TimePoint now) {
  wanted_ = false;
  // RFC 9147 §5.2: message_seq does not wrap. The keys stay as they are, and their limit ends the connection.
  if (!link_.canAdd()) return;
  inFlight_ = true;
  link_.beginFlight();
  link_.add(HandshakeType::kKeyUpdate, writeEpoch_, KeyUpdateMessage{std::exchange(peerToo_, false)}.serialize());
  link_.endFlight(now, true);
}

void KeyUpdate::flightAcknowledged(TimePoint now) {
  if (inFlight_) {
    // RFC 9147 §8: not before the ACK, or the peer could not read what we write.
    inFlight_ = false;
    writing_ = nextSecret(*suite_, writing_);
    ++writeEpoch_;
    link_.records().addWriteKeys(writeEpoch_, recordKeys(*suite_, writing_));
    link_.setWriteEpoch(writeEpoch_);
    link_.records().dropWriteKeysBefore(writeEpoch_);
    ++link_.stats().keyUpdates;
  }
  if (wanted_) send(now);
}

Status KeyUpdate::handle(TimePoint now, const HandshakeMessage& message) {
  KeyUpdateMessage update;
  if (Status status = KeyUpdateMessage::parse(message.body, update); !status) return status;
  // RFC 9147 §8: the next one goes under the keys that this one brings.
  if (message.epoch != readEpoch_) {
    return Status::failure(AlertDescription::kUnexpectedMessage, "a KeyUpdate under old keys");
  }
  if (++withoutData_ > kMaxWithoutData) {
    return Status::failure(AlertDescription::kUnexpectedMessage, "too many KeyUpdates", ErrorCode::kLimit);
  }
  link_.records().dropReadKeysBefore(readEpoch_);
  reading_ = nextSecret(*suite_, reading_);
  ++readEpoch_;
  link_.records().addReadKeys(readEpoch_, recordKeys(*suite_, reading_));
  forgetAt_ = TimePoint::never();
  ++link_.stats().keyUpdates;
  if (update.requested) request(now, false);
  return Status::success();
}

void KeyUpdate::noteRecord(TimePoint now, uint64_t epoch) {
  // RFC 9147 §8: the old keys stay until the new ones are in use.
  if (epoch > 3 && epoch == readEpoch_ && forgetAt_.isNever() && link_.records().hasReadKeys(epoch - 1)) {
    forgetAt_ = now + kKeepOldKeys;
  }
}

void KeyUpdate::handleTimeout(TimePoint now) {
  if (now < forgetAt_) return;
  forgetAt_ = TimePoint::never();
  link_.records().dropReadKeysBefore(readEpoch_);
}

}  // namespace tincan::inline v0::dtls::dtls13
