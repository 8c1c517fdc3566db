// Pure functions over the hub's JSON; the transfers are download.cc's.
#include "catalog/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "catalog/names.h"

namespace favilla {
namespace {

constexpr std::string_view kPrefix = "hf.co/";
constexpr std::string_view kScheme = "https://";
constexpr std::array<std::string_view, 2> kPreferredQuants{"Q4_K_M", "Q8_0"};
constexpr size_t kListedFiles = 12;  // in an error message

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What the hub allows in names. It also keeps references from becoming other paths in our addresses.
bool is_repository_part(std::string_view text) {
  return !text.empty() && text.size() <= 96 && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// True when the path has `quant` as a word of its own: "Q4_K" is not in "x-Q4_K_M.gguf", "Q4_XS" not in
// "x-IQ4_XS.gguf".
bool carries_quant(std::string_view path, std::string_view quant) {
  const std::string text = lower(path);
  const std::string word = lower(quant);
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter_or_digit(text[at - 1]);
    const bool ends = end == text.size() || (!is_letter_or_digit(text[end]) && text[end] != '_');
    if (begins && ends) return true;
  }
  return false;
}

// Repositories keep splits in folders; only the last part of the path says what a file is.
std::string_view file_name_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Members of another type count as absent: the hub's answer is foreign input.
std::string string_member(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t size_member(const SortedJson& object) {
  const auto found = object.find("size");
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// Large files stand in LFS, and their entry has the digest of the content; the listing calls it sha256, the file tree
// oid.
HubFile file_of(const SortedJson& sibling) {
  HubFile file{.path = string_member(sibling, "rfilename"), .sha256 = {}, .bytes = size_member(sibling)};
  const auto lfs = sibling.find("lfs");
  if (lfs == sibling.end() || !lfs->is_object()) return file;
  for (const char* key : {"sha256", "oid"}) {
    if (const std::string digest = string_member(*lfs, key); is_sha256(digest)) file.sha256 = digest;
  }
  if (const uint64_t bytes = size_member(*lfs); bytes > 0) file.bytes = bytes;
  return file;
}

// Image towers and calibration data have the same suffix but are no models of their own.
bool is_model_file(std::string_view path) {
  const std::string name = lower(file_name_of(path));
  return name.ends_with(".gguf") && is_plain_file_name(file_name_of(path)) && !name.starts_with("mmproj") &&
         name.find("imatrix") == std::string::npos && path.find("..") == std::string_view::npos;
}

using FilesByPath = std::map<std::string, HubFile>;

// Sorted by path, so that the choice does not depend on the order of the answer.
Result<FilesByPath> model_files(const SortedJson& answer) {
  const auto siblings = answer.is_object() ? answer.find("siblings") : answer.end();
  if (siblings == answer.end() || !siblings->is_array()) {
    return Error{ErrorKind::kCorrupt, "the model hub answers in a form that is not understood"};
  }
  FilesByPath files;
  for (const SortedJson& sibling : *siblings) {
    if (!sibling.is_object()) continue;
    HubFile file = file_of(sibling);
    if (is_model_file(file.path)) files.emplace(file.path, std::move(file));
  }
  return files;
}

// The paths of whole models: single files and first splits.
std::vector<std::string> first_files(const FilesByPath& files) {
  std::vector<std::string> firsts;
  for (const auto& [path, file] : files) {
    if (split_mark(path).number == 1) firsts.push_back(path);
  }
  return firsts;
}

// The shortest path that carries the quant: longer ones are variants of it.
std::optional<std::string> find_quant(const std::vector<std::string>& firsts, std::string_view quant) {
  std::optional<std::string> best;
  for (const std::string& path : firsts) {
    if (carries_quant(path, quant) && (!best || path.size() < best->size())) best = path;
  }
  return best;
}

// Lists what there is, so that the next command can be right.
Error no_choice(const std::vector<std::string>& firsts, const HubReference& reference) {
  const std::string repository = fmt::format("{}/{}", reference.organisation, reference.repository);
  if (firsts.empty()) {
    return {ErrorKind::kNotFound,
            fmt::format("{} has no GGUF files; look for a repository whose name ends in -GGUF", repository)};
  }
  const size_t shown = std::min(firsts.size(), kListedFiles);
  const std::string list =
      fmt::format("{}", fmt::join(firsts.begin(), firsts.begin() + static_cast<long>(shown), ", "));
  const std::string more = shown < firsts.size() ? fmt::format(" and {} more", firsts.size() - shown) : std::string();
  if (!reference.quant.empty()) {
    return {ErrorKind::kNotFound, fmt::format("{} has no {}; it has {}{}", repository, reference.quant, list, more)};
  }
  return {ErrorKind::kInvalidArgument,
          fmt::format("{} has several models; add :QUANT to choose one of {}{}", repository, list, more)};
}

// A model with a missing split is found out now and not after the first gigabytes.
Result<std::vector<HubFile>> with_splits(const FilesByPath& files, const std::string& first) {
  std::vector<HubFile> chosen;
  for (const std::filesystem::path& path : split_paths(first)) {
    const auto found = files.find(path.string());
    if (found == files.end()) {
      return Error{ErrorKind::kCorrupt, fmt::format("the repository lacks {}, a part of the model", path.string())};
    }
    chosen.push_back(found->second);
  }
  return chosen;
}

// The id from the head of the model card; the GGUF itself may say more.
std::string licence_of(const SortedJson& answer) {
  const auto card = answer.find("cardData");
  if (card != answer.end() && card->is_object()) {
    if (std::string licence = string_member(*card, "license"); !licence.empty()) return licence;
  }
  return "unknown";
}

// Percent-encodes all but unreserved characters and '/' (RFC 3986).
std::string encode_path(std::string_view path) {
  std::string encoded;
  for (const char c : path) {
    const bool unreserved = is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    encoded += unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace

std::string HubReference::text() const {
  return fmt::format("{}{}/{}{}{}", kPrefix, organisation, repository, quant.empty() ? "" : ":", quant);
}

bool is_hub_reference(std::string_view text) {
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  return text.starts_with(kPrefix);
}

Result<HubReference> parse_hub_reference(std::string_view text) {
  const auto refuse = [&] {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not of the form hf.co/ORG/REPO[:QUANT]", text)};
  };
  std::string_view rest = text;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  if (!rest.starts_with(kPrefix)) return refuse();
  rest.remove_prefix(kPrefix.size());
  HubReference reference;
  if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    reference.quant = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_repository_part(reference.quant)) return refuse();
  }
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return refuse();
  reference.organisation = rest.substr(0, slash);
  reference.repository = rest.substr(slash + 1);
  if (!is_repository_part(reference.organisation) || !is_repository_part(reference.repository)) return refuse();
  return reference;
}

Result<HubChoice> choose_hub_files(const SortedJson& answer, const HubReference& reference) {
  const FilesByPath files = TRY(model_files(answer));
  const std::vector<std::string> firsts = first_files(files);
  HubChoice choice{.commit = string_member(answer, "sha"), .licence = licence_of(answer), .quant = {}, .files = {}};
  if (!is_repository_part(choice.commit)) choice.commit = "main";
  if (!reference.quant.empty()) {
    const std::optional<std::string> first = find_quant(firsts, reference.quant);
    if (!first) return no_choice(firsts, reference);
    choice.quant = reference.quant;
    choice.files = TRY(with_splits(files, *first));
    return choice;
  }
  for (const std::string_view quant : kPreferredQuants) {
    if (const std::optional<std::string> first = find_quant(firsts, quant)) {
      choice.quant = quant;
      choice.files = TRY(with_splits(files, *first));
      return choice;
    }
  }
  if (firsts.size() != 1) return no_choice(firsts, reference);
  choice.files = TRY(with_splits(files, firsts.front()));
  return choice;
}

std::string hub_info_url(std::string_view hub, const HubReference& reference) {
  return fmt::format("{}/api/models/{}/{}?blobs=true", hub, reference.organisation, reference.repository);
}

std::string hub_file_url(std::string_view hub, const HubReference& reference, const HubChoice& choice,
                         const HubFile& file) {
  return fmt::format("{}/{}/{}/resolve/{}/{}", hub, reference.organisation, reference.repository, choice.commit,
                     encode_path(file.path));
}

}  // namespace favilla
