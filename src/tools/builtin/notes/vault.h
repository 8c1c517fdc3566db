// A folder of Markdown notes, as Obsidian and plain editors keep them: sub-folders, front matter, #tags, [[links]].
//
//   const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
//   for (const Note& note : vault.notes) TRY(read_note(note));
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"

namespace favilla {

struct Note {
  std::filesystem::path path;
  std::string id;     // below the vault: "garden/Roses.md"
  std::string title;  // "Roses"
  Moment modified;
};

struct Vault {
  std::filesystem::path root;
  std::vector<Note> notes;  // newest first
};

// Hidden files and folders (.obsidian, .trash) and symbolic links are left out. An absent folder is an empty vault.
// kExhausted beyond 20,000 notes.
Result<Vault> load_vault(const std::filesystem::path& root, const CancelFlag& cancel);

// At most 4 MiB.
Result<std::string> read_note(const Note& note);

// What stands behind the front matter ("---" lines around YAML at the very start).
std::string_view body_of(std::string_view content);

// Lower case, without '#', each once: inline tags outside of code, and `tags` of the front matter.
std::vector<std::string> tags_of(std::string_view content);

// `content` with each [[from]], [[from|words]], [[from#part]] pointing to `to`; nullopt when there is none.
std::optional<std::string> with_links_renamed(std::string_view content, std::string_view from, std::string_view to);

// A title as a file name that every system and Obsidian take: without / \ : * ? " < > | # ^ [ ] and control
// characters, at most 120 bytes. Empty when nothing is left.
std::string note_file_name(std::string_view title);

// "garden/roses": relative, without hidden parts and "..".
bool is_note_folder(std::string_view folder);

}  // namespace favilla
