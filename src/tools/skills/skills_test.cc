// Skills are found, checked against the specification, and matched with sentences.
#include "tools/skills/skills.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace favilla {
namespace {

namespace fs = std::filesystem;

std::string file_of(const std::string& name, const std::string& more = "") {
  return "---\nname: " + name + "\ndescription: Does " + name + ".\n" + more + "---\n\n# How\nDo it.\n";
}

std::string problem(const std::string& text, std::string_view folder = "notes") {
  const Result<Skill> skill = parse_skill(text, folder);
  return skill ? "none" : skill.error().message;
}

TEST(Skills, TheirPartsAreRead) {
  const auto skill = parse_skill(file_of("notes",
                                         "license: MIT\ncompatibility: git\nallowed-tools: Bash(git:*) Read\n"
                                         "metadata:\n  author: ana\n"),
                                 "notes");
  ASSERT_TRUE(skill) << skill.error().message;
  EXPECT_EQ(skill->name, "notes");
  EXPECT_EQ(skill->description, "Does notes.");
  EXPECT_EQ(skill->license, "MIT");
  EXPECT_EQ(skill->compatibility, "git");
  EXPECT_EQ(skill->allowed_tools, "Bash(git:*) Read");
  EXPECT_EQ(skill->body, "# How\nDo it.");
}

TEST(Skills, WhatTheSpecificationForbidsIsOneSentence) {
  for (const char* name : {"Notes", "-notes", "notes-", "no--tes", "no tes", "no_tes", "''"}) {
    EXPECT_EQ(problem(file_of(name)), "\"name\" must be at most 64 of a-z, 0-9 and single -, without - at the ends")
        << name;
  }
  EXPECT_EQ(problem(file_of("notes"), "other"), "\"name\" is notes, and the folder is other: they must be the same");
  EXPECT_EQ(problem("---\nname: notes\n---\n"), "\"description\" must have 1 to 1024 characters");
  EXPECT_EQ(problem("---\nname: notes\ndescription: " + std::string(1025, 'x') + "\n---\n"),
            "\"description\" must have 1 to 1024 characters");
  EXPECT_EQ(problem(file_of("notes", "compatibility: " + std::string(501, 'x') + "\n")),
            "\"compatibility\" must have at most 500 characters");
  EXPECT_EQ(problem(file_of("notes") + std::string(kMaxSkillBody_bytes, 'x')), "its text is longer than 24 KiB");
}

TEST(Skills, HiddenTextIsLeftOut) {
  const auto skill = parse_skill(file_of("notes") + "Plain\xF3\xA0\x81\x81 \xE2\x80\xAEtext\x1b[2J.\n", "notes");
  ASSERT_TRUE(skill);
  EXPECT_EQ(skill->body, "# How\nDo it.\nPlain text[2J.");
}

class SkillFolders : public testing::Test {
 protected:
  SkillFolders() : folder_(fs::path(testing::TempDir()) / ("favilla-skills-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
  }
  ~SkillFolders() override { fs::remove_all(folder_); }
  void add(const std::string& path, const std::string& text) {
    fs::create_directories(folder_ / path);
    std::ofstream(folder_ / path / "SKILL.md") << text;
  }
  const fs::path folder_;
};

TEST_F(SkillFolders, SkillsAndWhatIsWrongAreFound) {
  add("a/notes", file_of("notes"));
  add("a/broken", "hello");
  add("b/notes", file_of("notes", "license: of b\n"));
  add("b/albums", file_of("albums"));
  fs::create_directories(folder_ / "a/no-skill");
  const fs::path folders[] = {folder_ / "a", folder_ / "b", folder_ / "missing"};
  const FoundSkills found = find_skills(folders);
  ASSERT_EQ(found.skills.size(), 2U);
  EXPECT_EQ(found.skills[0].name, "albums");
  EXPECT_EQ(found.skills[1].folder, folder_ / "a/notes");
  EXPECT_EQ(found.problems,
            (std::vector<std::string>{(folder_ / "a/broken").string() + ": line 1: the file must begin with a line ---",
                                      (folder_ / "b/notes").string() + ": there is a skill notes already"}));
}

TEST(Skills, TheSettingsNameMoreFolders) {
  using Folders = std::vector<fs::path>;
  EXPECT_EQ(skill_folders(Json::object(), "/data", "/home/ana").value(), Folders{"/data/skills"});
  EXPECT_EQ(skill_folders({{"skills", {{"folders", {"~/.agents/skills", "/srv"}}}}}, "/data", "/home/ana").value(),
            (Folders{"/data/skills", "/home/ana/.agents/skills", "/srv"}));
  EXPECT_FALSE(skill_folders({{"skills", {{"folders", {"skills"}}}}}, "/data", "/home/ana"));
}

TEST(Skills, ASentenceNamesOne) {
  std::vector<Skill> skills;
  for (const char* name : {"release-notes", "notes", "pdf", "release-notes-french"}) {
    skills.push_back(parse_skill(file_of(name), name).value());
  }
  const auto named = [&](std::string_view sentence) {
    const Skill* skill = matching_skill(skills, sentence);
    return skill == nullptr ? "" : skill->name;
  };
  EXPECT_EQ(named("write the release notes of this week"), "release-notes");
  EXPECT_EQ(named("Release notes in French, please"), "release-notes-french");
  EXPECT_EQ(named("use the pdf skill on my form"), "pdf");
  EXPECT_EQ(named("/pdf my form"), "pdf");
  EXPECT_EQ(named("open the pdf"), "");
  EXPECT_EQ(named("with the pdf and the notes skill"), "");
  EXPECT_EQ(named("what is the capital of France?"), "");
}

TEST(Skills, ALongOneIsCutAtALineAndSaysSo) {
  Skill skill{.name = "notes",
              .description = "",
              .license = "",
              .compatibility = "",
              .allowed_tools = "",
              .body = "Short.",
              .folder = {}};
  EXPECT_EQ(skill_text(skill), "Follow these instructions of the skill notes:\nShort.");
  skill.body.clear();
  for (int i = 0; i < 1000; ++i) skill.body += "Line.\n";
  const std::string text = skill_text(skill);
  EXPECT_LE(text.size(), kMaxUsedSkill_bytes + 50);
  EXPECT_TRUE(text.ends_with("\nLine.\n(the rest of the skill is left out)"));
}

}  // namespace
}  // namespace favilla
