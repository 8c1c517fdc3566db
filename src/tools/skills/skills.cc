// Reads folders, checks them against the specification, and compares their names with sentences.
#include "tools/skills/skills.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/file.h"
#include "base/foreign_text.h"
#include "base/utf8.h"
#include "tools/match.h"
#include "tools/skills/front_matter.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxName_bytes = 64;
constexpr size_t kMaxDescription = 1024;  // characters
constexpr size_t kMaxCompatibility = 500;
constexpr size_t kMaxFile_bytes = size_t{256} << 10;
constexpr size_t kMaxFolders = 500;
constexpr std::string_view kCut = "(the rest of the skill is left out)";

Error wrong(std::string what) {
  return {ErrorKind::kInvalidArgument, std::move(what)};
}

bool is_skill_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  return plain && !name.empty() && name.size() <= kMaxName_bytes && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos;
}

size_t characters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); text.remove_prefix(static_cast<size_t>(decode_utf8(text).length))) ++count;
  return count;
}

std::string take(const FrontMatter& front, const char* key) {
  const auto found = front.values.find(key);
  return found == front.values.end() ? "" : shown_text(found->second, found->second.size());
}

bool has_all(const std::vector<std::string>& words, const std::vector<std::string>& wanted) {
  const auto has = [&](const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  return std::all_of(wanted.begin(), wanted.end(), has);
}

// How clearly a sentence means a skill: 0 not at all. A name of one word needs the word "skill" beside it.
int clearness(const Skill& skill, std::string_view sentence, const Words& words) {
  std::string spoken = skill.name;
  std::replace(spoken.begin(), spoken.end(), '-', ' ');
  const std::vector<std::string> name = Words(spoken).all();
  if (name.empty() || !has_all(words.all(), name)) return 0;
  const bool named = has_all(words.all(), {"skill"}) || sentence.find("/" + skill.name) != std::string_view::npos;
  if (!named && name.size() < 2) return 0;
  return static_cast<int>(name.size()) + (named ? 100 : 0);
}

}  // namespace

Result<std::vector<fs::path>> skill_folders(const Json& settings, const fs::path& data, const fs::path& home) {
  std::vector<fs::path> folders{data / "skills"};
  const auto table = settings.find("skills");
  if (table == settings.end() || !table->is_object() || !table->contains("folders")) return folders;
  const Json& names = (*table)["folders"];
  for (const Json& name : names.is_array() ? names : Json::array({names})) {
    const std::string text = name.is_string() ? name.get<std::string>() : "";
    const fs::path folder = text.starts_with("~/") ? home / text.substr(2) : fs::path(text);
    if (!folder.is_absolute()) {
      return wrong("config.toml: skills.folders must list folders that begin with / or ~/");
    }
    folders.push_back(folder);
  }
  return folders;
}

Result<Skill> parse_skill(std::string_view text, std::string_view folder_name) {
  const FrontMatter front = TRY(parse_front_matter(text));
  Skill skill{.name = take(front, "name"),
              .description = take(front, "description"),
              .license = take(front, "license"),
              .compatibility = take(front, "compatibility"),
              .allowed_tools = take(front, "allowed-tools"),
              .body = shown_text(front.body, front.body.size()),
              .folder = {}};
  if (!is_skill_name(skill.name)) {
    return wrong("\"name\" must be at most 64 of a-z, 0-9 and single -, without - at the ends");
  }
  if (skill.name != folder_name) {
    return wrong(fmt::format("\"name\" is {}, and the folder is {}: they must be the same", skill.name,
                             shown_line(folder_name, kMaxName_bytes)));
  }
  if (skill.description.empty() || characters(skill.description) > kMaxDescription) {
    return wrong(fmt::format("\"description\" must have 1 to {} characters", kMaxDescription));
  }
  if (characters(skill.compatibility) > kMaxCompatibility) {
    return wrong(fmt::format("\"compatibility\" must have at most {} characters", kMaxCompatibility));
  }
  if (skill.body.size() > kMaxSkillBody_bytes) return wrong("its text is longer than 24 KiB");
  skill.body.erase(0, std::min(skill.body.find_first_not_of(" \t\n"), skill.body.size()));
  return skill;
}

FoundSkills find_skills(std::span<const fs::path> folders) {
  FoundSkills found;
  std::set<std::string> names;
  size_t looked_at = 0;
  for (const fs::path& folder : folders) {
    std::vector<fs::path> inside;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (++looked_at <= kMaxFolders) inside.push_back(it->path());
    }
    std::sort(inside.begin(), inside.end());
    for (const fs::path& path : inside) {
      Result<std::string> text = read_file(path / "SKILL.md", kMaxFile_bytes);
      if (!text && text.error().kind == ErrorKind::kNotFound) continue;
      Result<Skill> skill = text ? parse_skill(*text, path.filename().string()) : Result<Skill>(text.error());
      if (!skill) {
        found.problems.push_back(fmt::format("{}: {}", path.string(), skill.error().message));
      } else if (!names.insert(skill->name).second) {
        found.problems.push_back(fmt::format("{}: there is a skill {} already", path.string(), skill->name));
      } else {
        skill->folder = path;
        found.skills.push_back(std::move(*skill));
      }
    }
  }
  if (looked_at > kMaxFolders) found.problems.push_back(fmt::format("only {} folders were looked at", kMaxFolders));
  std::sort(found.skills.begin(), found.skills.end(), [](const Skill& a, const Skill& b) { return a.name < b.name; });
  return found;
}

const Skill* matching_skill(const std::vector<Skill>& skills, std::string_view sentence) {
  const Words words(sentence);
  const Skill* best = nullptr;
  int best_clearness = 0;
  for (const Skill& skill : skills) {
    const int clear = clearness(skill, sentence, words);
    if (clear == 0 || clear < best_clearness) continue;
    best = clear == best_clearness ? nullptr : &skill;
    best_clearness = clear;
  }
  return best;
}

std::string skill_text(const Skill& skill) {
  std::string text = fmt::format("Follow these instructions of the skill {}:\n{}", skill.name, skill.body);
  if (text.size() <= kMaxUsedSkill_bytes) return text;
  text.resize(text.rfind('\n', kMaxUsedSkill_bytes));
  return text + "\n" + std::string(kCut);
}

}  // namespace favilla
