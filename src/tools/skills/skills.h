// Agent Skills (agentskills.io): folders with a SKILL.md, whose front matter says what it is for and whose body tells a
// model how to do it. Text only: nothing of a skill is ever run, at installation or later.
//
//   const FoundSkills found = find_skills(skill_folders(settings, paths.data, home));
//   if (const Skill* skill = matching_skill(found.skills, "write the release notes")) use(skill_text(*skill));
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

struct Skill {
  std::string name;           // at most 64 of a-z, 0-9 and single -; the name of its folder
  std::string description;    // at most 1,024 characters: what it does and when to use it
  std::string license;        // may be empty, as all below
  std::string compatibility;  // at most 500 characters
  std::string allowed_tools;  // what the author would allow; it allows nothing here
  std::string body;           // Markdown, as it may be shown; at most kMaxSkillBody_bytes
  std::filesystem::path folder;
};

inline constexpr size_t kMaxSkillBody_bytes = size_t{24} << 10;
inline constexpr size_t kMaxUsedSkill_bytes = 4000;

struct FoundSkills {
  std::vector<Skill> skills;          // sorted by name; of two with one name, that of the earlier folder
  std::vector<std::string> problems;  // one sentence for each folder that is none, with its path
};

// `data`/skills, and those of config.toml: `[skills] folders = ["~/.agents/skills"]`. kInvalidArgument for other
// values.
Result<std::vector<std::filesystem::path>> skill_folders(const Json& settings, const std::filesystem::path& data,
                                                         const std::filesystem::path& home);

// Of the text of a SKILL.md. kInvalidArgument: one sentence that says what the specification asks.
Result<Skill> parse_skill(std::string_view text, std::string_view folder_name);

// Looks into the folders, one level deep. Folders without a SKILL.md are passed over; at most 500 are looked at.
FoundSkills find_skills(std::span<const std::filesystem::path> folders);

// The skill that the sentence names ("use the release-notes skill", or all words of a name of several), nullptr when
// there is none, or when several are named equally well.
const Skill* matching_skill(const std::vector<Skill>& skills, std::string_view sentence);

// What a model is told of it: the body, at most kMaxUsedSkill_bytes of whole lines; a cut is said at the end.
std::string skill_text(const Skill& skill);

}  // namespace favilla
