// What the engine's commands share: model, threads, instruction set and arithmetic as options, and reading their input.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "cli/arguments.h"
#include "cli/command.h"

namespace favilla::cli {

struct EngineFlags {
  std::string model;
  int threads = 0;                  // 0: one per physical core
  std::string isa;                  // empty: the widest
  std::string arithmetic = "fast";  // "fast" or "reference"
  std::string adapter;              // file of a LoRA adapter; empty: none
};

// MODEL --threads --isa --arithmetic
void add_engine_options(CLI::App& app, EngineFlags& flags);
// --adapter, for commands that open sessions.
void add_adapter_option(CLI::App& app, std::string& adapter);

Result<EngineOptions> engine_options(const EngineFlags& flags);
Result<LoadedModel> load_model(const CommandContext& context, const EngineFlags& flags);

// Of a --kv option, whose check lets only "f16" and "q8_0" pass.
KvType kv_type(const std::string& name);

// The whole of a file, or of standard input for "-".
Result<std::string> read_input(const std::string& path);

// Whole tokens of a text with what the vocabulary adds around it, or, for `as_ids`, a JSON array of ids.
Result<std::vector<TokenId>> read_tokens(const LoadedModel& model, const std::string& path, bool as_ids);

}  // namespace favilla::cli
