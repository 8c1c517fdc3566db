// The servers to which config.toml gives roles: the chat, the choice of tools, embeddings.
//
//   [models.chat]
//   url = "http://127.0.0.1:8080/v1"  # any server that speaks OpenAI's chat completions
//   model = "qwen3-4b"                # as the server names it
//   key = "file:~/.config/favilla/k"  # where the key is (tools/net/secret.h); left out: the server wants none
//   timeout_s = 60                    # the longest silence
//   retries = 2                       # where nothing answers, or the server is busy or ill
//   allow = "public"                  # or "personal": what may be sent there
//
//   const RemoteRole role = TRY(find_remote_role(paths, "chat"));
//   const std::unique_ptr<RemoteModel> model = TRY(open_remote_model(role, note));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "base/result.h"
#include "generate/remote/remote_model.h"
#include "policy/policy.h"
#include "tools/tools.h"

namespace favilla {

// What stands before a role where a model is named: "remote:chat".
inline constexpr std::string_view kRemotePrefix = "remote:";

struct RemoteRole {
  std::string name;      // "chat", "tools" or "embed"
  RemoteServer server;   // without its key
  std::string key = {};  // names the secret; empty: none
  // The most private thing that may be sent there. Without `allow`: personal things stay on this machine.
  Confidentiality may_read = Confidentiality::kPublic;
};

// In the order of the names above. kInvalidArgument, with the name of the setting and what is expected of it; never
// with what stands there: it might be a key.
Result<std::vector<RemoteRole>> remote_roles(const Settings& settings);

// Of config.toml. kNotFound, with what to write there, when it has no such role.
Result<RemoteRole> find_remote_role(const Paths& paths, std::string_view name);

// Looks up the key. `on_note` hears of attempts that failed and are repeated.
Result<std::unique_ptr<RemoteModel>> open_remote_model(const RemoteRole& role,
                                                       std::function<void(std::string_view)> on_note,
                                                       const GetEnvironment& environment = process_environment);

}  // namespace favilla
