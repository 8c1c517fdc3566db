// Each scanner tries the alternatives of its pattern in order. No alternative looks behind itself, so a piece depends
// only on the text that follows, and no state is kept between pieces.
#include "model/tokenizer/pre_splitter.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"
#include "base/unicode.h"

namespace favilla {
namespace {

// Files name the pattern after the model that first used it. A name that is not here is refused: another pattern gives
// ids that look fine and mean something else to the model.
struct NamedSplitter {
  std::string_view name;
  PreSplitter splitter;
};

constexpr std::array kSplitters = {
    NamedSplitter{"gpt-2", PreSplitter::kGpt2},
    NamedSplitter{"phi-2", PreSplitter::kGpt2},
    NamedSplitter{"olmo", PreSplitter::kGpt2},
    NamedSplitter{"smollm", PreSplitter::kSmolLm},
    NamedSplitter{"starcoder", PreSplitter::kSmolLm},
    NamedSplitter{"qwen2", PreSplitter::kQwen2},
    NamedSplitter{"deepseek-r1-qwen", PreSplitter::kQwen2},
    NamedSplitter{"llama-bpe", PreSplitter::kLlamaBpe},
    NamedSplitter{"llama3", PreSplitter::kLlamaBpe},
    NamedSplitter{"llama-v3", PreSplitter::kLlamaBpe},
};

struct Character {
  char32_t value = 0;
  size_t length = 0;              // bytes; 0 at the end of the text
  std::optional<CharClass> kind;  // nullopt at the end
  bool is(CharClass wanted) const { return kind == wanted; }
  bool is_line_break() const { return kind && (value == '\r' || value == '\n'); }
};

// Where numbers stand alone (smollm), the rest of the pattern sees only the text up to the next one.
enum class Numbers { kText, kEndOfText };

Character character_at(std::string_view text, size_t position, Numbers numbers = Numbers::kText) {
  if (position >= text.size()) return {};
  const CodePoint point = decode_utf8(text.substr(position));
  const CharClass kind = point.valid ? char_class(point.value) : CharClass::kOther;
  if (kind == CharClass::kNumber && numbers == Numbers::kEndOfText) return {};
  return {point.value, static_cast<size_t>(point.length), kind};
}

// The end of the run of characters of one class that begins at `position`.
size_t run_end(std::string_view text, size_t position, CharClass kind, Numbers numbers = Numbers::kText) {
  for (;;) {
    const Character next = character_at(text, position, numbers);
    if (!next.is(kind)) return position;
    position += next.length;
  }
}

enum class LetterCase { kLower, kAny };

// 's 't 'm 'd 're 've 'll: its length in bytes, or 0.
size_t contraction_length(std::string_view text, LetterCase letter_case) {
  const auto letter_at = [&](size_t index) {
    if (index >= text.size()) return '\0';
    const char c = text[index];
    return letter_case == LetterCase::kAny && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (text[0] != '\'') return 0;
  const char first = letter_at(1);
  const char second = letter_at(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  const bool long_form =
      (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
  return long_form ? 3 : 0;
}

// \s+(?!\S)|\s+ : a run leaves its last character to the word that follows, unless it is that character alone.
size_t white_space_length(std::string_view text, Numbers numbers) {
  size_t end = 0;
  size_t last = 0;  // where the last character of the run begins
  for (;;) {
    const Character next = character_at(text, end, numbers);
    if (!next.kind) return end;
    if (!next.is(CharClass::kWhiteSpace)) return last > 0 ? last : end;
    last = end;
    end += next.length;
  }
}

// The optional blank before a word belongs to it, which is why the class of what follows the blank decides.
// Requires that the text does not begin with a number when numbers end it.
size_t gpt2_piece(std::string_view text, Numbers numbers) {
  if (const size_t length = contraction_length(text, LetterCase::kLower); length > 0) return length;
  const size_t start = text[0] == ' ' ? 1 : 0;
  const Character head = character_at(text, start, numbers);
  if (head.kind && !head.is(CharClass::kWhiteSpace)) return run_end(text, start, *head.kind, numbers);
  return white_space_length(text, numbers);
}

size_t smollm_piece(std::string_view text) {
  const Character first = character_at(text, 0);
  return first.is(CharClass::kNumber) ? first.length : gpt2_piece(text, Numbers::kEndOfText);
}

// \s*[\r\n]+ : up to the last line break of a white-space run; 0 where there is none.
size_t line_breaks_length(std::string_view text) {
  size_t length = 0;
  size_t position = 0;
  for (;;) {
    const Character next = character_at(text, position);
    if (!next.is(CharClass::kWhiteSpace)) return length;
    position += next.length;
    if (next.is_line_break()) length = position;
  }
}

// The pattern that Qwen 2 and Llama 3 share. max_digits: how many numbers make one piece.
size_t modern_piece(std::string_view text, size_t max_digits) {
  if (const size_t length = contraction_length(text, LetterCase::kAny); length > 0) return length;

  const Character first = character_at(text, 0);
  if (first.is(CharClass::kLetter)) return run_end(text, 0, CharClass::kLetter);
  if (first.is(CharClass::kNumber)) {
    size_t end = first.length;
    for (size_t digits = 1; digits < max_digits; ++digits) {
      const Character next = character_at(text, end);
      if (!next.is(CharClass::kNumber)) break;
      end += next.length;
    }
    return end;
  }
  // One character of any other kind may stand before the letters: a blank, a bracket, an apostrophe.
  if (!first.is_line_break() && character_at(text, first.length).is(CharClass::kLetter)) {
    return run_end(text, first.length, CharClass::kLetter);
  }

  const size_t start = text[0] == ' ' ? 1 : 0;
  if (character_at(text, start).is(CharClass::kOther)) {
    size_t end = run_end(text, start, CharClass::kOther);
    while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
    return end;
  }
  if (const size_t length = line_breaks_length(text); length > 0) return length;
  return white_space_length(text, Numbers::kText);
}

}  // namespace

std::optional<PreSplitter> find_pre_splitter(std::string_view name) {
  for (const NamedSplitter& known : kSplitters) {
    if (known.name == name) return known.splitter;
  }
  return std::nullopt;
}

size_t first_piece_length(PreSplitter splitter, std::string_view text) {
  switch (splitter) {
    case PreSplitter::kGpt2:
      return gpt2_piece(text, Numbers::kText);
    case PreSplitter::kSmolLm:
      return smollm_piece(text);
    case PreSplitter::kQwen2:
      return modern_piece(text, 1);
    case PreSplitter::kLlamaBpe:
      return modern_piece(text, 3);
  }
  return text.size();
}

}  // namespace favilla
