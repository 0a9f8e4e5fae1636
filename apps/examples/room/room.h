#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "apps/signalling/message.h"
#include "net/net.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::examples {

/// A room for browsers: one page sends its camera in three encodings (simulcast), the others watch, each in the encoding
/// that it asks for. Frames go on as they were encoded: what arrives at a PeerConnection (`onencodedframe`, by rid) is
/// pushed into the source of a track of another one. Nothing is decoded.
///
///     publisher's page ─ q, h, f ─► onencodedframe ─┬─ the watcher's rid ─► EncodedVideoSource ─► watcher's page
///            ▲                                      └─ …
///            └──────────── PLI ◄── onkeyframerequest, another rid chosen ◄── watcher
class Room {
 public:
  using Id = uint64_t;
  /// To the page of this id: a line of JSON.
  using Send = std::function<void(Id, const std::string&)>;

  Room(net::Loop& loop, Send send) : loop_(loop), send_(std::move(send)) {}

  /// A page came: the first that publishes, or one that watches. False where there is a publisher already.
  bool join(Id id, bool publishes);
  /// A description or candidate of the page's, or {"rid": "q"}: the encoding that it wants, from the next key frame on.
  void receive(Id id, const std::string& text);
  void leave(Id id);

 private:
  struct Guest {
    std::unique_ptr<stack::PeerConnection> pc;
    std::unique_ptr<net::Driver> driver;  // goes first
    // Of a watcher.
    std::shared_ptr<media::EncodedVideoSource> source;
    std::string wanted = "f", shown;
  };

  Guest& make(Id id);
  void watch(Id id, Guest& guest);
  void forward(const stack::EncodedFrame& frame);
  void requestKeyFrame();
  void describe(Id id, Guest& guest);

  net::Loop& loop_;
  net::OsRandom random_;
  Send send_;
  std::map<Id, Guest> guests_;
  Id publisher_ = 0;
  std::shared_ptr<stack::RtpReceiver> camera_;  // of the publisher
};

}  // namespace tincan::inline v0::examples
