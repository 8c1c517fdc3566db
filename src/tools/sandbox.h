// The sandbox in which programs of others run: bubblewrap with the system's programs read-only, a home and a /tmp of
// its own, no network, and of the owner's folders only those that are named.
//
//   std::vector<std::string> argv = sandbox_argv({.write = {"/home/ana/Projects"}, .hidden = own_folders(settings)});
//   TRY(require_sandbox(argv, "Commands", cancel));
//   argv.insert(argv.end(), {"sh", "-c", command});
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/json.h"
#include "base/result.h"

namespace favilla {

struct SandboxOptions {
  std::vector<std::string> read = {};   // folders that can be seen
  std::vector<std::string> write = {};  // folders that can be changed
  // Folders that are empty in there, also where they lie in one of those above: Favilla's rules, settings and journal.
  // A folder inside one of these can still be named for itself.
  std::vector<std::string> hidden = {};
  std::string home = "";          // the folder that is its home; empty: one that vanishes with it
  std::string start_folder = "";  // empty: its home
  bool network = false;
  bool keep_environment = false;  // what it is started with goes in, besides HOME; else PATH, HOME, LANG and TERM only
};

// Favilla's own folders, which app notes in the settings.
std::vector<std::string> own_folders(const Json& settings);

// "bwrap" and its options; the program follows.
std::vector<std::string> sandbox_argv(const SandboxOptions& options);

// kUnsupported when this computer cannot make that sandbox: then nothing may run. `what` begins the sentence.
Result<void> require_sandbox(const std::vector<std::string>& argv, std::string_view what, const CancelFlag& cancel);

}  // namespace favilla
