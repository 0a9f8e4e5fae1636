#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Values of attributes that break their grammar in ways that the field knows, put right.
namespace tincan::inline v0::sdp {

/// Every run of blanks and tabs becomes one space, those at the ends go.
std::string collapseBlanks(std::string_view text);

/// What `a=name:value` most likely meant, for a value that its grammar refuses; nullopt when nothing is known. The
/// result may break the grammar, too.
std::optional<std::string> mendValue(std::string_view name, std::string_view value);

/// "RFC 8866 §6.4": where the attribute is defined.
std::string_view ruleOf(std::string_view name);

}  // namespace tincan::inline v0::sdp
