// vCard files (RFC 6350, RFC 2426, and what vCard 2.1 wrote), read so that an edit leaves all other bytes alone.
//
//   VcardFile file = TRY(VcardFile::parse(bytes));
//   file.text(0, "FN");                                  // "Ana Silva"
//   file.set(0, {"TEL", {"cell"}}, "+351 912 345 678");  // replaced, or added before END
//   file.bytes();
//
// Hostile input: anything is either read or refused with a sentence that names the line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxVcardBytes = size_t{8} << 20;
inline constexpr size_t kMaxVcardLines = 200'000;
inline constexpr size_t kMaxCards = 20'000;  // in one file

// One content line: group.NAME;PARAM=value:value
struct VcardLine {
  std::string raw;                 // with folds and line ends, exactly as it stands in the file
  std::string name;                // upper case; empty for a line that is none (blank ones between cards)
  std::vector<std::string> types;  // lower case: "cell", "work", "pref"
  std::string encoding;            // "QUOTED-PRINTABLE", "BASE64" or empty
  std::string charset;             // upper case; empty is UTF-8
  std::string value;               // unfolded, still escaped
};

// Which property is meant: the first of this name that has all these types.
struct VcardProperty {
  std::string_view name;
  std::vector<std::string> types;
};

class VcardFile {
 public:
  // kCorrupt: not vCard; kExhausted: beyond the limits above.
  static Result<VcardFile> parse(std::string_view bytes);

  // A card with VERSION, UID and FN and N made of the name.
  static VcardFile create(std::string_view uid, std::string_view full_name);

  size_t card_count() const { return cards_.size(); }
  std::vector<const VcardLine*> all(size_t card, std::string_view name) const;

  // Decoded; empty when there is none.
  std::string text(size_t card, std::string_view name) const;

  void set(size_t card, const VcardProperty& property, std::string_view value);
  void add(size_t card, const VcardProperty& property, std::string_view value);

  // The file without one of its cards.
  std::string bytes_without(size_t card) const;
  std::string bytes() const;

 private:
  struct Card {
    size_t begin;  // the BEGIN line
    size_t end;    // behind the END line
  };
  VcardLine make_line(const VcardProperty& property, std::string_view value) const;

  std::vector<VcardLine> lines_;
  std::vector<Card> cards_;
  std::string line_end_ = "\r\n";
};

// A line's value as UTF-8 text: transfer encoding, character set and escapes undone. Structured values (N, ADR) keep
// their ';' between parts.
std::string decode_value(const VcardLine& line);

// The parts of a structured value (N, ADR, ORG), decoded.
std::vector<std::string> decode_parts(const VcardLine& line);

}  // namespace favilla
