// What a fact is, and when two say different things of one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "base/utf8.h"
#include "memory/memory.h"

namespace favilla {
namespace {

Result<void> check_text(std::string_view text) {
  const auto refuse = [](std::string why) { return Error{ErrorKind::kInvalidArgument, std::move(why)}; };
  if (text.empty()) return refuse("There is nothing to remember.");
  if (text.size() > kMaxFactBytes) {
    return refuse(
        fmt::format("That is too long to remember: {} bytes, and {} is the most.", text.size(), kMaxFactBytes));
  }
  if (!is_valid_utf8(text)) return refuse("That is no text: it is not UTF-8.");
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (is_control_or_format(point.value)) {
      return refuse(fmt::format("That holds the control character U+{:04X}.", static_cast<uint32_t>(point.value)));
    }
    text.remove_prefix(static_cast<size_t>(point.length));
  }
  return {};
}

struct Parts {
  std::vector<std::string> subject;  // lower case, without articles and possessors
  bool has_owner = false;            // of somebody or something: "my", "Ana's", "of"
  std::string_view value;
};

// Cut at the first "is" or "are". No subject: it is no such text.
Parts statement_of(std::string_view text) {
  constexpr std::array<std::string_view, 3> kArticles{"the", "a", "an"};
  constexpr std::array<std::string_view, 6> kOwners{"my", "our", "his", "her", "their", "your"};
  Parts found;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    std::string word;
    for (const char letter : text.substr(at, end - at)) {
      word += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    }
    at = end + 1;
    if (word == "is" || word == "are") {
      found.value = at < text.size() ? text.substr(at) : std::string_view();
      return found;
    }
    const bool is_owner = std::find(kOwners.begin(), kOwners.end(), word) != kOwners.end();
    found.has_owner = found.has_owner || is_owner || word == "of" || word.ends_with("'s");
    if (word.empty() || std::find(kArticles.begin(), kArticles.end(), word) != kArticles.end()) continue;
    // "my wifi code" and "the wifi code" are one thing; her name and his are two.
    if (word != "my" && word != "our") found.subject.push_back(std::move(word));
  }
  return {};
}

// "Ana", "1234", not "tall" or "a doctor".
bool is_name_or_number(std::string_view value) {
  if (value.empty()) return false;
  const char first = value.front();
  const bool is_ascii_letter_below = first >= 'a' && first <= 'z';
  const bool has_digit = std::any_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !is_ascii_letter_below || (has_digit && value.find(' ') == std::string_view::npos);
}

}  // namespace

Result<Fact> new_fact(std::string_view text, Origin origin) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.remove_suffix(1);
  TRY(check_text(text));
  if (origin.label != "owner" && origin.label != "own data") {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("Nothing is remembered from what others wrote (label \"{}\").", origin.label)};
  }
  return Fact{{}, std::string(text), std::move(origin), {}};
}

Json fact_json(const Fact& fact) {
  Json json{{"text", fact.text},
            {"source", fact.origin.source},
            {"learnt", fact.origin.learnt.time_since_epoch().count()},
            {"label", fact.origin.label}};
  if (fact.expires) json["expires"] = fact.expires->time_since_epoch().count();
  return json;
}

Result<Fact> fact_from_json(std::string_view key, const Json& json) {
  const auto bad = [](const std::string& why) { return Error{ErrorKind::kCorrupt, why}; };
  if (!json.is_object()) return bad("a fact is a JSON object");
  for (const char* name : {"text", "source", "label"}) {
    if (!json.contains(name) || !json[name].is_string()) return bad(fmt::format("a fact needs the text \"{}\"", name));
  }
  if (json["source"].get_ref<const std::string&>().size() > 2 * kMaxFactBytes) return bad("its source is too long");
  if (!json.contains("learnt") || !json["learnt"].is_number_integer()) {
    return bad("a fact needs \"learnt\", in milliseconds since 1970");
  }
  const Moment learnt{std::chrono::milliseconds{json["learnt"].get<int64_t>()}};
  Result<Fact> fact = new_fact(json["text"].get<std::string>(), {json["source"], learnt, json["label"]});
  if (!fact) return bad(fact.error().message);
  fact->key = key;
  if (json.contains("expires")) {
    if (!json["expires"].is_number_integer()) return bad("\"expires\" is in milliseconds since 1970");
    fact->expires = Moment{std::chrono::milliseconds{json["expires"].get<int64_t>()}};
  }
  return fact;
}

std::string subject_of(std::string_view text) {
  return fmt::format("{}", fmt::join(statement_of(text).subject, " "));
}

bool facts_conflict(const Fact& one, const Fact& other) {
  const Parts first = statement_of(one.text);
  const Parts second = statement_of(other.text);
  if (first.subject.empty() || first.subject != second.subject) return false;
  const bool names_one_thing = first.subject.size() > 1 || first.has_owner || second.has_owner;
  return names_one_thing && is_name_or_number(first.value) && is_name_or_number(second.value);
}

std::string prompt_tail(const std::vector<Fact>& best, size_t max_tokens,
                        const std::function<size_t(std::string_view)>& count_tokens) {
  std::string tail;
  for (const Fact& fact : best) {
    std::string longer = tail.empty() ? "Known: " : tail + " ";
    longer += fact.text + ".";
    if (count_tokens(longer) <= max_tokens) tail = std::move(longer);
  }
  return tail;
}

}  // namespace favilla
