#pragma once

#include <vector>

#include "fuzz/require.h"
#include "rtp/extension_values.h"
#include "rtp/extensions.h"
#include "rtp/header.h"

namespace tincan::inline v0::fuzz {

/// Round trip: what parses is written again from its parts and must parse to the same. All elements are visited.
inline void fuzzRtpHeader(ByteView packet) {
  using namespace tincan::rtp;
  Header header;
  if (!Header::parse(packet, header)) return;
  require(header.headerSize + header.payloadSize(packet) + header.paddingSize == packet.size());

  ExtensionReader reader(packet, header);
  ExtensionReader::Element element;
  size_t elements = 0;
  while (reader.next(element)) {
    const ByteView value = packet.subspan(element.offset, element.size);
    require(element.offset >= header.extensionOffset && element.offset + value.size() <= header.headerSize);
    static_cast<void>(AbsSendTime::read(value));
    static_cast<void>(TransportSequence::read(value));
    static_cast<void>(AudioLevel::read(value));
    static_cast<void>(PlayoutDelay::read(value));
    require(element.id == 0 || findExtension(packet, header, element.id).has_value());
    ++elements;
  }
  require(elements <= header.extensionSize);

  std::vector<Ssrc> csrcs;
  for (size_t i = 0; i < header.csrcCount; ++i) csrcs.push_back(header.csrc(packet, i));
  const ByteView block = header.hasExtension
                             ? packet.subspan(size_t{header.extensionOffset} - 4, size_t{header.extensionSize} + 4)
                             : ByteView();
  Bytes out(header.headerSize + header.payloadSize(packet));
  require(writeHeader(out, header, csrcs, block) == header.headerSize);
  const ByteView payload = header.payload(packet);
  std::copy(payload.begin(), payload.end(), out.begin() + static_cast<ptrdiff_t>(header.headerSize));
  Header again;
  require(Header::parse(out, again));
  require(again.ssrc == header.ssrc && again.sequenceNumber == header.sequenceNumber &&
          again.timestamp == header.timestamp && again.payloadType == header.payloadType &&
          again.marker == header.marker && again.headerSize == header.headerSize);
  require(equalBytes(again.payload(out), payload));
  require(equalBytes(ByteView(out).subspan(1, header.headerSize - 1), packet.subspan(1, header.headerSize - 1)));
}

}  // namespace tincan::inline v0::fuzz
