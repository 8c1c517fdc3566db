#include "tools/builtin/contacts/vcard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace favilla {
namespace {

constexpr size_t kFoldAt_bytes = 75;  // RFC 6350, 3.2

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}
std::string to_upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (!coded) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return decoded;
}

std::string from_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) append_utf8(utf8, static_cast<unsigned char>(c));
  return utf8;
}

// Transfer encoding and character set, not yet escapes.
std::string transfer_decoded(const VcardLine& line) {
  std::string text = line.encoding == "QUOTED-PRINTABLE" ? decode_quoted_printable(line.value) : line.value;
  const bool latin = line.charset.starts_with("ISO-8859-1") || line.charset == "WINDOWS-1252" ||
                     (line.charset.empty() && !is_valid_utf8(text));
  return latin ? from_latin1(text) : to_valid_utf8(text);
}

std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    ++i;
    plain += text[i] == 'n' || text[i] == 'N' ? '\n' : text[i];
  }
  return plain;
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') {
      escaped += "\\n";
    } else {
      if (c == '\\' || c == ',' || c == ';') escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

// Takes a physical line off `rest`, with its end.
std::string_view take_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  return line;
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void read_parameter(std::string_view parameter, VcardLine& line) {
  const size_t equals = parameter.find('=');
  // vCard 2.1 writes types and encodings without a name.
  const std::string name = equals == std::string_view::npos ? "TYPE" : to_upper(parameter.substr(0, equals));
  std::string_view values = equals == std::string_view::npos ? parameter : parameter.substr(equals + 1);
  if (name == "CHARSET") line.charset = to_upper(values);
  if (name == "ENCODING") line.encoding = to_upper(values) == "B" ? "BASE64" : to_upper(values);
  if (name != "TYPE") return;
  while (!values.empty()) {
    const size_t comma = std::min(values.find(','), values.size());
    std::string type = to_lower(values.substr(0, comma));
    std::erase(type, '"');
    if (type == "quoted-printable" || type == "base64") {
      line.encoding = to_upper(type);
    } else if (!type.empty()) {
      line.types.push_back(std::move(type));
    }
    values.remove_prefix(std::min(comma + 1, values.size()));
  }
}

// "item1.TEL;TYPE=cell:+351", false when there is no colon.
bool read_content(std::string_view unfolded, VcardLine& line) {
  bool quoted = false;
  size_t begin = 0;
  bool first = true;
  for (size_t at = 0; at < unfolded.size(); ++at) {
    if (unfolded[at] == '"') quoted = !quoted;
    if (quoted || (unfolded[at] != ';' && unfolded[at] != ':')) continue;
    const std::string_view piece = unfolded.substr(begin, at - begin);
    if (first) {
      const size_t dot = piece.rfind('.');
      line.name = to_upper(dot == std::string_view::npos ? piece : piece.substr(dot + 1));
    } else {
      read_parameter(piece, line);
    }
    first = false;
    begin = at + 1;
    if (unfolded[at] == ':') {
      line.value = unfolded.substr(begin);
      return true;
    }
  }
  return false;
}

// Takes one content line with all its folds. Soft line breaks of quoted-printable are folds, too.
VcardLine take_content_line(std::string_view& rest, bool& well_formed) {
  VcardLine line;
  line.raw = take_line(rest);
  std::string unfolded(without_end(line.raw));
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t') && !unfolded.empty()) {
    const std::string_view more = take_line(rest);
    line.raw += more;
    unfolded += without_end(more).substr(1);
  }
  if (unfolded.find_first_not_of(" \t") == std::string::npos) return line;
  well_formed = read_content(unfolded, line);
  while (well_formed && line.encoding == "QUOTED-PRINTABLE" && line.value.ends_with('=') && !rest.empty()) {
    const std::string_view more = take_line(rest);
    line.raw += more;
    line.value.pop_back();
    line.value += without_end(more);
  }
  return line;
}

std::string folded(std::string_view line, std::string_view line_end) {
  std::string text;
  size_t room = kFoldAt_bytes;
  while (line.size() > room) {
    size_t cut = room;
    while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    text.append(line.substr(0, cut)).append(line_end).append(" ");
    line.remove_prefix(cut);
    room = kFoldAt_bytes - 1;
  }
  return text.append(line).append(line_end);
}

bool is(const VcardLine& line, std::string_view name, std::string_view value) {
  return line.name == name && to_upper(without_end(line.value)) == value;
}

}  // namespace

Result<VcardFile> VcardFile::parse(std::string_view bytes) {
  if (bytes.size() > kMaxVcardBytes) return Error{ErrorKind::kExhausted, "the file is larger than 8 MiB"};
  VcardFile file;
  if (bytes.starts_with("\xEF\xBB\xBF")) {  // a byte order mark stays where it is
    file.lines_.emplace_back();
    file.lines_.back().raw = bytes.substr(0, 3);
    bytes.remove_prefix(3);
  }
  const size_t first_end = bytes.find('\n');
  if (first_end != std::string_view::npos && (first_end == 0 || bytes[first_end - 1] != '\r')) file.line_end_ = "\n";
  size_t begin = 0;
  bool inside = false;
  while (!bytes.empty()) {
    if (file.lines_.size() == kMaxVcardLines) return Error{ErrorKind::kExhausted, "the file has too many lines"};
    bool well_formed = true;
    file.lines_.push_back(take_content_line(bytes, well_formed));
    const VcardLine& line = file.lines_.back();
    const size_t number = file.lines_.size();
    const auto corrupt = [&](std::string_view what) {
      return Error{ErrorKind::kCorrupt, fmt::format("line {}: {}", number, what)};
    };
    if (is(line, "BEGIN", "VCARD")) {
      if (inside) return corrupt("a card begins inside a card");
      begin = number - 1;
      inside = true;
    } else if (is(line, "END", "VCARD")) {
      if (!inside) return corrupt("a card ends that has not begun");
      if (file.cards_.size() == kMaxCards) return Error{ErrorKind::kExhausted, "the file has too many cards"};
      file.cards_.push_back({begin, number});
      inside = false;
    } else if (!well_formed || (!inside && !line.name.empty())) {
      return corrupt(inside ? "no property (NAME:VALUE)" : "text outside of a card");
    }
  }
  if (inside) return Error{ErrorKind::kCorrupt, "the last card has no END:VCARD"};
  if (file.cards_.empty()) return Error{ErrorKind::kCorrupt, "there is no card in it"};
  return file;
}

VcardFile VcardFile::create(std::string_view uid, std::string_view full_name) {
  VcardFile file;
  const size_t space = full_name.rfind(' ');
  const std::string_view family = space == std::string_view::npos ? "" : full_name.substr(space + 1);
  const std::string_view given = full_name.substr(0, std::min(space, full_name.size()));
  for (const std::string& text : {std::string("BEGIN:VCARD"), std::string("VERSION:3.0"),
                                  fmt::format("UID:{}", escape(uid)), fmt::format("FN:{}", escape(full_name)),
                                  fmt::format("N:{};{};;;", escape(family), escape(given)), std::string("END:VCARD")}) {
    VcardLine line;
    line.raw = folded(text, file.line_end_);
    read_content(text, line);
    file.lines_.push_back(std::move(line));
  }
  file.cards_.push_back({0, file.lines_.size()});
  return file;
}

std::vector<const VcardLine*> VcardFile::all(size_t card, std::string_view name) const {
  std::vector<const VcardLine*> found;
  for (size_t i = cards_[card].begin; i < cards_[card].end; ++i) {
    if (lines_[i].name == name) found.push_back(&lines_[i]);
  }
  return found;
}

std::string VcardFile::text(size_t card, std::string_view name) const {
  const std::vector<const VcardLine*> lines = all(card, name);
  return lines.empty() ? std::string() : decode_value(*lines.front());
}

VcardLine VcardFile::make_line(const VcardProperty& property, std::string_view value) const {
  std::string text(property.name);
  for (const std::string& type : property.types) {
    // Those of a hostile file may hold anything.
    const bool plain = std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (plain) text += ";TYPE=" + type;
  }
  // N and ADR come as parts that are joined already.
  text += ":" + (property.name == "N" || property.name == "ADR" ? std::string(value) : escape(value));
  VcardLine line;
  line.raw = folded(text, line_end_);
  read_content(text, line);
  return line;
}

void VcardFile::set(size_t card, const VcardProperty& property, std::string_view value) {
  for (size_t i = cards_[card].begin; i < cards_[card].end; ++i) {
    VcardLine& line = lines_[i];
    const bool has_types = std::all_of(property.types.begin(), property.types.end(), [&](const std::string& type) {
      return std::find(line.types.begin(), line.types.end(), type) != line.types.end();
    });
    if (line.name != property.name || !has_types) continue;
    VcardLine made = make_line({property.name, line.types}, value);
    const size_t colon = line.raw.find(':');
    const size_t semicolon = line.raw.find(';');
    // A group ("item1.TEL") ties a label to the property: it stays.
    const size_t dot = line.raw.find('.');
    if (dot < std::min(colon, semicolon))
      made = {line.raw.substr(0, dot + 1) + made.raw, made.name, made.types, "", "", made.value};
    line = std::move(made);
    return;
  }
  add(card, property, value);
}

void VcardFile::add(size_t card, const VcardProperty& property, std::string_view value) {
  const size_t at = cards_[card].end - 1;
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), make_line(property, value));
  for (Card& one : cards_) {
    if (one.begin > at) ++one.begin;
    if (one.end > at) ++one.end;
  }
}

std::string VcardFile::bytes_without(size_t card) const {
  std::string all;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (i < cards_[card].begin || i >= cards_[card].end) all += lines_[i].raw;
  }
  return all;
}

std::string VcardFile::bytes() const {
  std::string all;
  for (const VcardLine& line : lines_) all += line.raw;
  return all;
}

std::string decode_value(const VcardLine& line) {
  return unescape(transfer_decoded(line));
}

std::vector<std::string> decode_parts(const VcardLine& line) {
  const std::string text = transfer_decoded(line);
  std::vector<std::string> parts(1);
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      escaped += text.substr(i++, 2);
      continue;
    }
    if (text[i] != ';') {
      escaped += text[i];
      continue;
    }
    parts.back() = unescape(escaped);
    parts.emplace_back();
    escaped.clear();
  }
  parts.back() = unescape(escaped);
  return parts;
}

}  // namespace favilla
