// The text layer of iCalendar: unfolding, escaping, and the tree of components. Every byte comes from strangers.
#include "tools/ical/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace favilla {
namespace {

constexpr size_t kFoldBytes = 75;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_upper);
  return result;
}

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

// Joins folded lines and drops the line end.
std::string unfold(std::string_view raw) {
  std::string result;
  result.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r' && (i + 1 == raw.size() || raw[i + 1] == '\n')) continue;
    if (raw[i] != '\n') {
      result += raw[i];
    } else if (i + 1 < raw.size()) {
      ++i;  // the space or tab that marks the continuation
    }
  }
  return result;
}

// The position of the colon that ends the parameters, outside quotes; npos when there is none.
size_t find_value(std::string_view line, size_t from) {
  bool quoted = false;
  for (size_t i = from; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == ':' && !quoted) return i;
  }
  return std::string_view::npos;
}

// The next line of the file with its continuation lines.
std::string_view next_logical_line(std::string_view bytes, size_t at) {
  size_t end = at;
  while (end < bytes.size()) {
    const size_t newline = bytes.find('\n', end);
    end = newline == std::string_view::npos ? bytes.size() : newline + 1;
    if (end >= bytes.size() || (bytes[end] != ' ' && bytes[end] != '\t')) break;
  }
  return bytes.substr(at, end - at);
}

bool is_blank(std::string_view raw) {
  return raw.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Error corrupt(size_t line, std::string_view what) {
  return {ErrorKind::kCorrupt, fmt::format("line {}: {}", line, what)};
}

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  Result<IcalComponent> run() {
    while (at_ < bytes_.size()) TRY(take_line());
    if (!open_.empty()) return corrupt(line_, fmt::format("the file ends inside {}", open_.back().name));
    if (!calendar_) return corrupt(1, "there is no BEGIN:VCALENDAR");
    return *std::move(calendar_);
  }

 private:
  Result<void> take_line() {
    const std::string_view raw = next_logical_line(bytes_, at_);
    const size_t number = line_;
    at_ += raw.size();
    line_ += static_cast<size_t>(std::count(raw.begin(), raw.end(), '\n'));
    std::string_view visible = raw;
    if (number == 1 && visible.substr(0, kByteOrderMark.size()) == kByteOrderMark)
      visible.remove_prefix(kByteOrderMark.size());
    IcalLine line{std::string(visible)};
    if (line.name() == "BEGIN") return begin(line, raw, number);
    if (line.name() == "END") return end(line, raw, number);
    if (!open_.empty()) {
      open_.back().nodes.push_back({std::move(line)});
      return {};
    }
    if (!is_blank(raw)) return corrupt(number, calendar_ ? "text after END:VCALENDAR" : "this is no iCalendar file");
    (calendar_ ? calendar_->end : before_) += raw;
    return {};
  }

  Result<void> begin(const IcalLine& line, std::string_view raw, size_t number) {
    if (open_.size() >= kMaxIcalDepth) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("line {}: components nest deeper than {}", number, kMaxIcalDepth)};
    }
    const std::string name = upper(line.value());
    if (open_.empty() && (calendar_ || name != "VCALENDAR"))
      return corrupt(number, "a file holds one VCALENDAR and nothing else");
    open_.push_back({name, std::exchange(before_, "") + std::string(raw), "", {}});
    return {};
  }

  Result<void> end(const IcalLine& line, std::string_view raw, size_t number) {
    if (open_.empty() || open_.back().name != upper(line.value()))
      return corrupt(number, fmt::format("END:{} closes nothing", line.value().substr(0, 40)));
    IcalComponent done = std::move(open_.back());
    open_.pop_back();
    done.end = raw;
    if (open_.empty()) {
      calendar_ = std::move(done);
    } else {
      open_.back().nodes.push_back({std::move(done)});
    }
    return {};
  }

  std::string_view bytes_;
  size_t at_ = 0;
  size_t line_ = 1;
  std::string before_;  // blank lines in front of the calendar
  std::vector<IcalComponent> open_;
  std::optional<IcalComponent> calendar_;
};

// Where a new property goes: behind the last one, before the first component.
std::vector<IcalNode>::iterator property_end(std::vector<IcalNode>& nodes) {
  return std::find_if(nodes.begin(), nodes.end(),
                      [](const IcalNode& node) { return std::holds_alternative<IcalComponent>(node.value); });
}

bool is_property(const IcalNode& node, std::string_view name) {
  const IcalLine* line = std::get_if<IcalLine>(&node.value);
  return line != nullptr && line->name() == name;
}

void append_text(const IcalComponent& component, std::string& out) {
  out += component.begin;
  for (const IcalNode& node : component.nodes) {
    if (const IcalLine* line = std::get_if<IcalLine>(&node.value)) {
      out += line->raw();
    } else if (const IcalComponent* inner = std::get_if<IcalComponent>(&node.value)) {
      append_text(*inner, out);
    }
  }
  out += component.end;
}

std::string fold(std::string_view line) {
  std::string result;
  size_t width = 0;
  for (size_t i = 0; i < line.size();) {
    size_t next = i + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0) == 0x80) ++next;
    if (width > 0 && width + (next - i) > kFoldBytes) {
      result += "\r\n ";
      width = 1;
    }
    result += line.substr(i, next - i);
    width += next - i;
    i = next;
  }
  return result + "\r\n";
}

}  // namespace

IcalLine::IcalLine(std::string raw) : raw_(std::move(raw)), unfolded_(unfold(raw_)) {
  size_t end = 0;
  while (end < unfolded_.size() && is_name_character(unfolded_[end])) ++end;
  if (end == 0 || end == unfolded_.size() || (unfolded_[end] != ':' && unfolded_[end] != ';')) return;
  const size_t colon = find_value(unfolded_, end);
  if (colon == std::string::npos) return;
  name_ = upper(std::string_view(unfolded_).substr(0, end));
  value_at_ = colon + 1;
}

std::string_view IcalLine::value() const {
  return std::string_view(unfolded_).substr(value_at_);
}

std::string IcalLine::text() const {
  std::string result;
  const std::string_view escaped = value();
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\' || i + 1 == escaped.size()) {
      result += escaped[i];
      continue;
    }
    ++i;
    result += escaped[i] == 'n' || escaped[i] == 'N' ? '\n' : escaped[i];
  }
  return result;
}

std::optional<std::string> IcalLine::parameter(std::string_view parameter) const {
  if (name_.empty()) return std::nullopt;
  const std::string_view head = std::string_view(unfolded_).substr(0, value_at_ - 1);
  size_t at = name_.size();
  while (at < head.size()) {
    ++at;  // the semicolon
    size_t end = at;
    bool quoted = false;
    while (end < head.size() && (quoted || head[end] != ';')) quoted ^= head[end++] == '"';
    const std::string_view one = head.substr(at, end - at);
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos && upper(one.substr(0, equals)) == parameter) {
      std::string value(one.substr(equals + 1));
      std::erase(value, '"');
      return value;
    }
    at = end;
  }
  return std::nullopt;
}

IcalLine make_line(std::string_view head, std::string_view value) {
  std::string line(head);
  line += ':';
  for (const char c : value) {
    if (c != '\r' && c != '\n') line += c;  // a value cannot smuggle in another property
  }
  return IcalLine(fold(line));
}

IcalLine make_text_line(std::string_view head, std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\\' || c == ';' || c == ',') {
      escaped += '\\';
      escaped += c;
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') {
      escaped += c;
    }
  }
  return make_line(head, escaped);
}

std::string parameter_value(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '"' && static_cast<unsigned char>(c) >= 0x20) result += c;
  }
  return result.find_first_of(":;,") == std::string::npos ? result : '"' + result + '"';
}

const IcalLine* IcalComponent::find(std::string_view property) const {
  for (const IcalNode& node : nodes) {
    if (is_property(node, property)) return std::get_if<IcalLine>(&node.value);
  }
  return nullptr;
}

std::vector<const IcalLine*> IcalComponent::all(std::string_view property) const {
  std::vector<const IcalLine*> found;
  for (const IcalNode& node : nodes) {
    if (is_property(node, property)) found.push_back(std::get_if<IcalLine>(&node.value));
  }
  return found;
}

void IcalComponent::set(IcalLine line) {
  const std::string property(line.name());
  const auto first =
      std::find_if(nodes.begin(), nodes.end(), [&](const IcalNode& node) { return is_property(node, property); });
  if (first == nodes.end()) {
    add(std::move(line));
    return;
  }
  first->value = std::move(line);
  nodes.erase(std::remove_if(first + 1, nodes.end(), [&](const IcalNode& node) { return is_property(node, property); }),
              nodes.end());
}

void IcalComponent::add(IcalLine line) {
  nodes.insert(property_end(nodes), {std::move(line)});
}

void IcalComponent::remove(std::string_view property) {
  std::erase_if(nodes, [&](const IcalNode& node) { return is_property(node, property); });
}

void IcalComponent::add_component(IcalComponent component) {
  nodes.push_back({std::move(component)});
}

void IcalComponent::add_first_component(IcalComponent component) {
  nodes.insert(property_end(nodes), {std::move(component)});
}

void IcalComponent::remove_components(std::string_view component) {
  std::erase_if(nodes, [&](const IcalNode& node) {
    const IcalComponent* inner = std::get_if<IcalComponent>(&node.value);
    return inner != nullptr && inner->name == component;
  });
}

IcalComponent* IcalComponent::find_component(std::string_view component) {
  for (IcalNode& node : nodes) {
    IcalComponent* inner = std::get_if<IcalComponent>(&node.value);
    if (inner != nullptr && inner->name == component) return inner;
  }
  return nullptr;
}

std::vector<const IcalComponent*> IcalComponent::components(std::string_view component) const {
  std::vector<const IcalComponent*> found;
  for (const IcalNode& node : nodes) {
    const IcalComponent* inner = std::get_if<IcalComponent>(&node.value);
    if (inner != nullptr && inner->name == component) found.push_back(inner);
  }
  return found;
}

std::string IcalComponent::to_text() const {
  std::string out;
  append_text(*this, out);
  return out;
}

IcalComponent make_component(std::string_view name) {
  return {std::string(name), fmt::format("BEGIN:{}\r\n", name), fmt::format("END:{}\r\n", name), {}};
}

Result<IcalComponent> parse_ical(std::string_view bytes) {
  if (bytes.size() > kMaxIcalBytes) {
    return Error{ErrorKind::kExhausted,
                 fmt::format("larger than {} KiB, too large for one calendar item", kMaxIcalBytes / 1024)};
  }
  return Parser(bytes).run();
}

}  // namespace favilla
