// What an action does to the world, as data. A tool's function reads the world and returns changes; it never writes.
// Runner (tools/runner.h) journals them, applies them, finishes them after a crash, and derives how to undo them.
// That is why no tool has code for crashes, for undo, or for a full disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"

namespace favilla {

// Creates, replaces or removes one file of the owner's data. nullopt: there is no such file. Applied only while the
// file still is `before`: what another program wrote meanwhile is never lost. At most 16 MiB. Missing folders are made
// with it. Undo swaps the two, and takes the folders away while they are empty.
struct SetFile {
  std::filesystem::path path;  // absolute
  std::optional<std::string> before;
  std::optional<std::string> after;
};

// Moves or renames a file or a folder. Never replaces anything. Undo moves it back.
struct MoveFile {
  std::filesystem::path from;
  std::filesystem::path to;
};

// Copies a file or a folder. Never replaces anything. Undo removes the copy if nobody changed it since.
struct CopyFile {
  std::filesystem::path from;
  std::filesystem::path to;
};

// Into the Trash of the freedesktop specification. Undo restores it.
struct TrashFile {
  std::filesystem::path path;
};

// One folder whose parent exists. Undo removes it while it is empty.
struct MakeFolder {
  std::filesystem::path path;
};

// One record of favilla.db, for what has no open file format (running timers, taught phrases). nullopt: no such record.
// Applied in the transaction of the journal's result row. Undo swaps the two.
struct SetRecord {
  std::string collection;  // "timer"
  std::string key;
  std::optional<Json> before;
  std::optional<Json> after;
};

// Something outside this computer's files: a D-Bus call, a request to Home Assistant, a mail. Made by the action's
// `perform` function. `undo` is the request that takes it back; nullopt when nothing does.
struct OutwardCall {
  Json request;
  std::optional<Json> undo;
};

using Change = std::variant<SetFile, MoveFile, CopyFile, TrashFile, MakeFolder, SetRecord, OutwardCall>;

}  // namespace favilla
