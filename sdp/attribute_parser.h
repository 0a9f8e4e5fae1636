#pragma once

#include <bitset>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sdp/notes.h"
#include "sdp/session.h"

namespace tincan::inline v0::sdp {

/// Puts `a=` lines into the model, one by one, and remembers what may stand only once. parse() owns one for each text.
///
/// With notes it reads as browsers do: what a grammar refuses is mended or left out, of what stands twice the last one
/// counts (the first one where the lines are a list), and a note says so. Only an ice-ufrag, ice-pwd or fingerprint that
/// cannot be read stays an error, told by leave() once it is known that nothing else stands in for it.
class AttributeParser {
 public:
  AttributeParser(Session& session, Notes* notes) : session_(session), notes_(notes) {}

  /// What stands behind "a=". The message of an error has no line number: the caller knows it.
  Result<void> parse(std::string_view line);
  /// From here on attributes belong to this section, which must stay where it is until the next call.
  void enter(Media& media);
  /// What can be checked only when all of a section was read.
  Result<void> leave();

 private:
  Result<void> parseStrictly(std::string_view name, std::string_view value, bool& known);
  Result<void> parseLeniently(std::string_view name, std::string_view value, bool& known);
  void keep(std::string_view name, std::optional<std::string_view> value);
  void note(std::string what, std::string_view name);
  Result<void> checkEssentials() const;
  Result<void> pruneSimulcast();

  template <class T>
  Result<void> setOnce(std::optional<T>& field, std::optional<T> value, std::string_view name, std::string_view form);
  Result<void> setFlag(bool& flag, std::string_view name, std::string_view value);
  std::optional<std::string> parseIce(std::string_view value, size_t minimum) const;

  Result<void> parseShared(Section& section, std::string_view name, std::string_view value, bool& known);
  Result<void> parseForSession(std::string_view name, std::string_view value, bool& known);
  Result<void> parseForMedia(std::string_view name, std::string_view value, bool& known);
  Result<void> parseRtp(std::string_view name, std::string_view value, bool& known);
  Result<void> parseSources(std::string_view name, std::string_view value, bool& known);

  Result<void> addExtMap(Section& section, std::string_view value);
  Result<void> addRtpMap(std::string_view value);
  Result<void> addFmtp(std::string_view value);
  Result<void> addRtcpFeedback(std::string_view value);
  Result<void> addSsrc(std::string_view value);
  Result<void> addSsrcGroup(std::string_view value);
  Result<void> addRid(std::string_view value);
  Result<void> setMid(std::string_view value);

  struct SsrcPlace {
    const Media* media = nullptr;
    size_t index = 0;
    bool hasCname = false;
  };

  // An ice-ufrag, ice-pwd or fingerprint that could not be read.
  using Essentials = std::vector<std::pair<std::string, Error>>;

  Session& session_;
  Notes* notes_;
  Essentials brokenOfSession_, brokenOfSection_;
  Media* media_ = nullptr;
  // Ordered containers: a peer that chooses their keys cannot make a look-up slow.
  std::set<std::string, std::less<>> mids_;
  std::map<uint32_t, SsrcPlace> ssrcs_;
  // of the section (the first round: of the session)
  std::set<uint16_t> extmapIds_;
  std::bitset<128> payloadTypes_;
  std::set<std::string, std::less<>> rids_;
};

}  // namespace tincan::inline v0::sdp
