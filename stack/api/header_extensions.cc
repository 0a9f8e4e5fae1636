#include "stack/api/header_extensions.h"

#include <algorithm>
#include <string>

#include "rtp/extensions.h"
#include "stack/jsep/negotiate.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

using Capabilities = std::vector<RTCRtpHeaderExtensionCapability>;

bool isMandatoryExtension(std::string_view uri) {
  return uri == rtp::uri(rtp::ExtensionKind::kMid);
}

const RTCRtpHeaderExtensionCapability* findExtension(const Capabilities& list, std::string_view uri) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.uri == uri; });
  return found == list.end() ? nullptr : &*found;
}

Result<void> checkExtensions(const Capabilities& wish, const Capabilities& known) {
  for (const auto& each : wish)
    if (each.uri.empty()) return {ErrorCode::kTypeError, "setHeaderExtensionsToNegotiate: an extension without a URI"};
  const auto wrong = [](const std::string& what) {
    return Error(ErrorCode::kInvalidModificationError, "setHeaderExtensionsToNegotiate: " + what +
                                                           ": take the list of getHeaderExtensionsToNegotiate(), and "
                                                           "change directions in it");
  };
  if (wish.size() != known.size()) return wrong("the list has another length");
  for (size_t i = 0; i < wish.size(); ++i) {
    const auto& each = wish[i];
    if (!findExtension(known, each.uri)) return wrong(each.uri.substr(0, 80) + " is not known");
    if (findExtension(wish, each.uri) != &each) return wrong(each.uri.substr(0, 80) + " stands twice");
    if (isMandatoryExtension(each.uri) && each.direction != RTCRtpTransceiverDirection::kSendrecv)
      return wrong(each.uri + " is mandatory");
  }
  return {};
}

std::vector<ExtensionSpec> wishedOf(const Capabilities& wish, std::vector<ExtensionSpec> extensions) {
  std::erase_if(extensions, [&](ExtensionSpec& each) {
    const auto* own = findExtension(wish, each.uri);
    if (!own) return false;
    if (own->direction == RTCRtpTransceiverDirection::kStopped) return true;
    each.direction = intersect(each.direction, toJsep(own->direction));
    return each.direction == Direction::kInactive;
  });
  return extensions;
}

// ---- of a transceiver ----

namespace {

const RTCRtpHeaderExtensionParameters* find(const RTCRtpParameters& in, const std::string& uri) {
  const auto& all = in.headerExtensions;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.uri == uri; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::vector<RTCRtpHeaderExtensionCapability> RtpTransceiver::getNegotiatedHeaderExtensions() const {
  RTCRtpParameters sent, received;
  if (link_ && link_->host) {
    sent = link_->host->parametersOf(*sender_);
    received = link_->host->parametersOf(*receiver_);
  }
  Capabilities out;
  for (const ExtensionSpec& each : defaultExtensions(kind_)) {
    const bool sends = find(sent, each.uri), receives = find(received, each.uri);
    out.push_back(
        {each.uri, sends || receives ? toW3c(makeDirection(sends, receives)) : RTCRtpTransceiverDirection::kStopped});
  }
  return out;
}

// What is in force is wished for until something else is; before the first round, what is known.
std::vector<RTCRtpHeaderExtensionCapability> RtpTransceiver::getHeaderExtensionsToNegotiate() const {
  Capabilities out;
  if (currentDirection_ && link_ && link_->host) {
    out = getNegotiatedHeaderExtensions();
  } else {
    for (const ExtensionSpec& each : defaultExtensions(kind_))
      out.push_back(
          {each.uri, isOfferedUnasked(each.uri) ? toW3c(each.direction) : RTCRtpTransceiverDirection::kStopped});
  }
  for (auto& each : out)
    if (const auto* own = findExtension(extensionWishes_, each.uri)) each.direction = own->direction;
  return out;
}

Result<void> RtpTransceiver::setHeaderExtensionsToNegotiate(const Capabilities& extensions) {
  const Capabilities known = getHeaderExtensionsToNegotiate();
  if (auto checked = checkExtensions(extensions, known); !checked) return checked;
  // What is wished for already is no wish: it follows what is negotiated.
  for (const auto& each : extensions) {
    if (findExtension(known, each.uri)->direction == each.direction) continue;
    std::erase_if(extensionWishes_, [&](const auto& own) { return own.uri == each.uri; });
    extensionWishes_.push_back(each);
  }
  return {};
}

}  // namespace tincan::inline v0::stack
