#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "stack/api/ice_candidate.h"
#include "stack/api/rtc_error.h"
#include "stack/configuration.h"

/// webrtc-pc §5.5, §5.6, §6.1: what is below senders, receivers and channels. One of each for a connection; they outlive
/// it, closed.
namespace tincan::inline v0::stack {

enum class RTCIceTransportState : uint8_t { kNew, kChecking, kConnected, kCompleted, kDisconnected, kFailed, kClosed };
enum class RTCIceGathererState : uint8_t { kNew, kGathering, kComplete };
enum class RTCIceRole : uint8_t { kUnknown, kControlling, kControlled };
enum class RTCDtlsTransportState : uint8_t { kNew, kConnecting, kConnected, kClosed, kFailed };
enum class RTCDtlsRole : uint8_t { kClient, kServer, kUnknown };
enum class RTCSctpTransportState : uint8_t { kConnecting, kConnected, kClosed };
std::string_view toString(RTCIceTransportState state);
std::string_view toString(RTCIceGathererState state);
std::string_view toString(RTCIceRole role);
std::string_view toString(RTCDtlsTransportState state);
std::string_view toString(RTCSctpTransportState state);

struct RTCIceParameters {
  std::string usernameFragment;
  std::string password;
  bool operator==(const RTCIceParameters&) const = default;
};

struct RTCIceCandidatePair {
  RTCIceCandidate local;
  RTCIceCandidate remote;
};

/// What the three ask when they are asked. Implemented by the connection.
class TransportHost {
 public:
  virtual std::vector<RTCIceCandidate> localIceCandidates() const = 0;
  virtual std::vector<RTCIceCandidate> remoteIceCandidates() const = 0;
  virtual std::optional<RTCIceCandidatePair> selectedCandidatePair() const = 0;
  virtual std::optional<RTCIceParameters> localIceParameters() const = 0;
  virtual std::optional<RTCIceParameters> remoteIceParameters() const = 0;
  virtual std::vector<Bytes> remoteCertificates() const = 0;
  virtual void postEvent(std::function<void()> event) = 0;

 protected:
  ~TransportHost() = default;
};

/// What they show, as of one moment.
struct TransportStates {
  RTCIceTransportState ice = RTCIceTransportState::kNew;
  RTCIceGathererState gathering = RTCIceGathererState::kNew;
  RTCIceRole role = RTCIceRole::kUnknown;
  uint64_t pairChanges = 0;  ///< of the selected one, so far
  RTCDtlsTransportState dtls = RTCDtlsTransportState::kNew;
  std::optional<RTCError> dtlsError{};  ///< with kFailed
  RTCSctpTransportState sctp = RTCSctpTransportState::kConnecting;
  bool operator==(const TransportStates& other) const {
    return ice == other.ice && gathering == other.gathering && role == other.role && pairChanges == other.pairChanges &&
           dtls == other.dtls && sctp == other.sctp;
  }
};

/// W3C RTCIceTransport (§5.6).
class IceTransport {
 public:
  RTCIceRole role() const { return role_; }
  RTCIceComponent component() const { return RTCIceComponent::kRtp; }  // RTCP is multiplexed
  RTCIceTransportState state() const { return state_; }
  RTCIceGathererState gatheringState() const { return gatheringState_; }
  std::vector<RTCIceCandidate> getLocalCandidates() const;
  std::vector<RTCIceCandidate> getRemoteCandidates() const;  ///< as signalled: peer-reflexive ones are not among them
  std::optional<RTCIceCandidatePair> getSelectedCandidatePair() const;
  std::optional<RTCIceParameters> getLocalParameters() const;
  std::optional<RTCIceParameters> getRemoteParameters() const;

  std::function<void()> onstatechange;
  std::function<void()> ongatheringstatechange;
  std::function<void()> onselectedcandidatepairchange;

 private:
  friend class TransportObjects;
  const TransportHost* host_ = nullptr;
  RTCIceRole role_ = RTCIceRole::kUnknown;
  RTCIceTransportState state_ = RTCIceTransportState::kNew;
  RTCIceGathererState gatheringState_ = RTCIceGathererState::kNew;
};

/// W3C RTCDtlsTransport (§5.5).
class DtlsTransport {
 public:
  const std::shared_ptr<IceTransport>& iceTransport() const { return ice_; }
  RTCDtlsTransportState state() const { return state_; }
  /// DER, the leaf first; empty before the handshake has verified them.
  std::vector<Bytes> getRemoteCertificates() const;

  std::function<void()> onstatechange;
  std::function<void(RTCErrorEvent)> onerror;

 private:
  friend class TransportObjects;
  const TransportHost* host_ = nullptr;
  std::shared_ptr<IceTransport> ice_ = std::make_shared<IceTransport>();
  RTCDtlsTransportState state_ = RTCDtlsTransportState::kNew;
};

/// W3C RTCSctpTransport (§6.1).
class SctpTransport {
 public:
  const std::shared_ptr<DtlsTransport>& transport() const { return dtls_; }
  RTCSctpTransportState state() const { return state_; }
  /// Bytes that the far end takes in one message; infinite where it sets no bound.
  double maxMessageSize() const { return maxMessageSize_; }
  std::optional<uint16_t> maxChannels() const { return maxChannels_; }  ///< absent before the association stands

  std::function<void()> onstatechange;

 private:
  friend class TransportObjects;
  std::shared_ptr<DtlsTransport> dtls_;
  RTCSctpTransportState state_ = RTCSctpTransportState::kConnecting;
  double maxMessageSize_ = 65536;
  std::optional<uint16_t> maxChannels_;
};

/// Keeps the three in step with the connection: a state and its event change together, in the task that runs the event
/// (§5.5, §5.6). Owned by the connection.
class TransportObjects {
 public:
  explicit TransportObjects(TransportHost& host);
  ~TransportObjects();

  void beginSctp(double maxMessageSize);
  void endSctp();
  /// One that another transport had: an answer has bundled the data section. Null: it goes elsewhere.
  void takeSctp(std::shared_ptr<SctpTransport> sctp);
  /// Posts the events of what is another now.
  void update(const TransportStates& now, std::optional<uint16_t> maxChannels);
  /// §4.4.1: closed at once, without events.
  void close();

  const std::shared_ptr<DtlsTransport>& dtls() const { return dtls_; }
  std::shared_ptr<SctpTransport> sctp() const { return sctp_; }

 private:
  TransportHost& host_;
  std::shared_ptr<DtlsTransport> dtls_ = std::make_shared<DtlsTransport>();
  std::shared_ptr<SctpTransport> sctp_;
  TransportStates last_;
};

}  // namespace tincan::inline v0::stack
