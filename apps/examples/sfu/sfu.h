#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "session/forwarder.h"
#include "stack/session_endpoint.h"

namespace tincan::inline v0::examples {

/// A selective forwarding unit for one who sends and any number who watch: Transport and RtpSession, no PeerConnection,
/// no codec. The publisher sends a section of pictures in several encodings (simulcast, RFC 8853), told apart by their
/// rids; each watcher gets one of them, and may be given another at any time.
///
///     publisher ─► RtpSession ─► ForwardedPacket ─► Forwarder of each watcher ─► RtpSession ─► watcher
///               ◄─ PLI, at most one each 200 ms ◄── a watcher lost its picture, or waits for another encoding
///
/// The endpoints are attached to a net::Driver (or the virtual network of the tests) by the owner.
class Sfu final : private session::SessionListener {
 public:
  struct Config {
    stack::SessionEndpoint::Config endpoint{};
    session::Section section{};  ///< of the pictures, as the publisher sends them
    rtp::VideoFormat format = rtp::VideoFormat::kVp8;
    uint64_t bitrate = 5'000'000;  ///< that each watcher's line carries
  };

  /// One who watches.
  class Watcher final : private session::SessionListener {
   public:
    stack::SessionEndpoint& endpoint() { return endpoint_; }
    /// From the next key frame of that encoding on. One that is not sent yet is taken once it is.
    void choose(std::string rid);
    const session::LayerSwitch& layers() const { return forwarder_->layers(); }

   private:
    friend class Sfu;
    Watcher(Sfu& sfu, const crypto::Identity& identity, uint32_t ssrc);
    void follow();
    void forward(TimePoint now, session::InboundStream& from, const session::ForwardedPacket& packet);
    void onPacket(session::InboundStream&, rtp::ReceivedPacket) override {}
    void onKeyFrameRequest(TimePoint now, session::OutboundStream& stream) override;
    void onCollision(TimePoint now, session::OutboundStream& stream,
                     const session::OutboundStream::Config& instead) override;

    Sfu& sfu_;
    stack::SessionEndpoint endpoint_;
    std::unique_ptr<session::Forwarder> forwarder_;
    std::string rid_;
  };

  /// What is passed in outlives the unit.
  Sfu(Config config, const crypto::Identity& identity, RandomSource& random, PacketPool& pool);

  stack::SessionEndpoint& publisher() { return publisher_; }
  Watcher& addWatcher();

 private:
  void onStream(TimePoint now, session::InboundStream& stream) override;
  void onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) override;
  void onCollision(TimePoint, session::OutboundStream&, const session::OutboundStream::Config&) override {}
  void requestKeyFrame(Ssrc encoding);

  Config config_;
  const crypto::Identity& identity_;
  RandomSource& random_;
  PacketPool& pool_;
  stack::SessionEndpoint publisher_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
};

}  // namespace tincan::inline v0::examples
