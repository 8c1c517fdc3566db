// Properties of code points. The one place that includes libutf8proc (Unicode 15.0 on
// Debian 12); characters younger than that count as "other" here, whatever a newer reference says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favilla {

// The partition that every BPE pre-splitter uses: \p{L}, \p{N}, \s, and the rest.
enum class CharClass : uint8_t { kLetter, kNumber, kWhiteSpace, kOther };

CharClass char_class(char32_t code_point);

// The Unicode property White_Space (25 code points), which is what \s means to the tokenizers' own libraries.
bool is_white_space(char32_t code_point);

bool is_punctuation(char32_t code_point);        // general category P*
bool is_nonspacing_mark(char32_t code_point);    // general category Mn
bool is_control_or_format(char32_t code_point);  // general category C*, without Cn (unassigned)

char32_t to_lower(char32_t code_point);  // simple case mapping

// Appends the full canonical decomposition (NFD) of one code point. Marks are not put into canonical order.
void append_decomposed(std::u32string& out, char32_t code_point);

}  // namespace favilla
