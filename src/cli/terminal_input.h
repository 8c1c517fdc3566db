// Reading lines from a person at a terminal: editing, history, Ctrl+C. The only file that knows libedit.
//
//   LineEditor editor(signals, paths.data / "chat_history");
//   Line line = editor.read("> ");
//   if (line.end == LineEnd::kLine) editor.remember(line.text);
//
// Owner: the main thread. The terminal is in raw mode only inside read(), which restores it on every way out.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/signal_watch.h"
#include "cli/terminal_lines.h"

namespace favilla::cli {

class LineEditor {
 public:
  // Standard input and output are a terminal. Sets LC_CTYPE of the process to C.UTF-8, which libedit needs to know
  // where a character ends.
  explicit LineEditor(SignalWatch& signals);
  ~LineEditor();

  // Reads the last kHistoryLines lines of earlier chats, and adds every remembered line to the file from now on. The
  // file is made with mode 0600. An error (kPermission, kIo) leaves a history for this chat only.
  Result<void> keep_history(const std::filesystem::path& file);

  // Escape sequences in the prompt stand between two \1 characters: they take no room on the line. `on_edit` hears the
  // line as it stands whenever there is nothing left to read from the keyboard.
  using OnEdit = std::function<void(std::string_view line)>;
  Line read(std::string_view prompt, const OnEdit& on_edit);

  // Makes a line, which holds no line break, come back with the arrow keys.
  void remember(std::string_view text);

 private:
  static constexpr int kHistoryLines = 1000;

  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace favilla::cli
