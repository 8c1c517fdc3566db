// Pure functions on names. No std::regex: it is slow to start and recursive on long input.
#include "catalog/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace favilla {
namespace {

constexpr size_t kNameLimit = 64;
constexpr size_t kFileNameLimit = 240;  // below NAME_MAX, with room for ".part.json"
constexpr size_t kSuggestions = 3;
constexpr std::string_view kSuffix = ".gguf";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}
// No ctype functions: they depend on the locale.
bool is_name_character(char c) {
  return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-';
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view without_suffix(std::string_view file_name) {
  if (file_name.ends_with(kSuffix)) file_name.remove_suffix(kSuffix.size());
  return file_name;
}

// Length of "-0000N-of-0000M" at the end of a stem, or 0.
size_t split_suffix_length(std::string_view stem) {
  constexpr size_t kLength = std::string_view("-00001-of-00003").size();
  if (stem.size() <= kLength) return 0;
  const std::string_view mark = stem.substr(stem.size() - kLength);
  const auto five_digits = [&](size_t at) {
    const std::string_view digits = mark.substr(at, 5);
    return std::all_of(digits.begin(), digits.end(), is_digit);
  };
  return mark[0] == '-' && mark.substr(6, 4) == "-of-" && five_digits(1) && five_digits(10) ? kLength : 0;
}

// Requires digits only.
int five_digit_number(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

// Levenshtein distance, one row of the table at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (to_lower(a[i]) == to_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool is_model_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameLimit && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_plain_file_name(std::string_view text) {
  // unsigned char: whether a plain char has a sign differs between x86-64 and Arm.
  const auto is_forbidden = [](unsigned char c) { return c == '/' || c < 32 || c == 127; };
  return !text.empty() && text.size() <= kFileNameLimit && text.front() != '.' &&
         std::none_of(text.begin(), text.end(), is_forbidden);
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string model_name_from_file(std::string_view file_name) {
  std::string_view stem = without_suffix(file_name);
  stem.remove_suffix(split_suffix_length(stem));
  std::string name;
  // Runs of other characters become one '-', none at the beginning.
  for (const char c : stem.substr(0, kNameLimit)) {
    const char lower = to_lower(c);
    const bool usable = name.empty() ? is_lower_or_digit(lower) : is_name_character(lower);
    if (usable) name += lower;
    if (!usable && !name.empty() && name.back() != '-') name += '-';
  }
  return name.empty() ? "model" : name;
}

SplitMark split_mark(std::string_view file_name) {
  const std::string_view stem = without_suffix(file_name);
  const size_t length = split_suffix_length(stem);
  if (length == 0) return {};
  const std::string_view mark = stem.substr(stem.size() - length);
  const SplitMark read{five_digit_number(mark.substr(1, 5)), five_digit_number(mark.substr(10))};
  return read.number >= 1 && read.number <= read.count ? read : SplitMark{};
}

std::string split_file_name(std::string_view stem, int number, int count) {
  if (count == 1) return fmt::format("{}{}", stem, kSuffix);
  return fmt::format("{}-{:05}-of-{:05}{}", stem, number, count, kSuffix);
}

std::vector<std::filesystem::path> split_paths(const std::filesystem::path& path) {
  const std::string file_name = path.filename().string();
  const int count = split_mark(file_name).count;
  if (count == 1) return {path};
  std::string_view stem = without_suffix(file_name);
  stem.remove_suffix(split_suffix_length(stem));
  std::vector<std::filesystem::path> paths;
  for (int number = 1; number <= count; ++number) {
    paths.push_back(path.parent_path() / split_file_name(stem, number, count));
  }
  return paths;
}

// The limit grows with the length of the name; two slips are forgiven in any.
std::vector<std::string_view> nearest_names(std::string_view text, std::span<const std::string_view> candidates) {
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(text.substr(0, kNameLimit), candidate);
    // Typing the beginning of a name is as near as one slip.
    const bool begins = text.size() >= 3 && candidate.starts_with(text);
    if (begins || distance <= std::max<size_t>(2, candidate.size() / 3))
      near.emplace_back(begins ? 1 : distance, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string_view> names;
  for (const auto& [distance, candidate] : near) {
    if (names.size() < kSuggestions) names.push_back(candidate);
  }
  return names;
}

}  // namespace favilla
