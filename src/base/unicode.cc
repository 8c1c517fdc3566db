// Unicode properties by libutf8proc, with a table in front for ASCII, which is most of every text.
#include "base/unicode.h"

#include <utf8proc.h>

#include <array>

namespace favilla {
namespace {

constexpr char32_t kAsciiEnd = 0x80;

constexpr CharClass ascii_class(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharClass::kLetter;
  if (c >= '0' && c <= '9') return CharClass::kNumber;
  if (c == ' ' || (c >= '\t' && c <= '\r')) return CharClass::kWhiteSpace;
  return CharClass::kOther;
}

constexpr std::array<CharClass, kAsciiEnd> kAsciiClasses = [] {
  std::array<CharClass, kAsciiEnd> classes{};
  for (char32_t c = 0; c < kAsciiEnd; ++c) classes[c] = ascii_class(c);
  return classes;
}();

utf8proc_category_t category(char32_t code_point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

}  // namespace

// Spelt out, because the categories do not tell: Zs, Zl and Zp are white space, and so are six of the control
// characters.
bool is_white_space(char32_t c) {
  if (c < kAsciiEnd) return kAsciiClasses[c] == CharClass::kWhiteSpace;
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

CharClass char_class(char32_t code_point) {
  if (code_point < kAsciiEnd) return kAsciiClasses[code_point];
  if (is_white_space(code_point)) return CharClass::kWhiteSpace;
  const utf8proc_category_t found = category(code_point);
  // utf8proc numbers its categories by major class, in the order of the Unicode standard.
  if (found >= UTF8PROC_CATEGORY_LU && found <= UTF8PROC_CATEGORY_LO) return CharClass::kLetter;
  if (found >= UTF8PROC_CATEGORY_ND && found <= UTF8PROC_CATEGORY_NO) return CharClass::kNumber;
  return CharClass::kOther;
}

bool is_punctuation(char32_t code_point) {
  const utf8proc_category_t found = category(code_point);
  return found >= UTF8PROC_CATEGORY_PC && found <= UTF8PROC_CATEGORY_PO;
}

bool is_nonspacing_mark(char32_t code_point) {
  return category(code_point) == UTF8PROC_CATEGORY_MN;
}

bool is_control_or_format(char32_t code_point) {
  const utf8proc_category_t found = category(code_point);
  return found >= UTF8PROC_CATEGORY_CC && found <= UTF8PROC_CATEGORY_CO;
}

char32_t to_lower(char32_t code_point) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
}

void append_decomposed(std::u32string& out, char32_t code_point) {
  // Canonical decomposition is recursive in the standard, and utf8proc has done the recursion when it returns.
  // The longest canonical decomposition has 4 code points. On any refusal the character stands for itself.
  std::array<utf8proc_int32_t, 8> parts{};
  int boundary_class = 0;
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point), parts.data(),
                              static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &boundary_class);
  if (count < 1 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
    out.push_back(code_point);
    return;
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i) out.push_back(static_cast<char32_t>(parts[static_cast<size_t>(i)]));
}

}  // namespace favilla
