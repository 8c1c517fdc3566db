// Options and input of the engine's commands.
#include "cli/engine_flags.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/file.h"
#include "base/json.h"

namespace favilla::cli {
namespace {

constexpr size_t kInputLimit_bytes = size_t{256} << 20;

}  // namespace

void add_engine_options(CLI::App& app, EngineFlags& flags) {
  app.add_option("model", flags.model, "name or path of the model")->required()->type_name("MODEL");
  app.add_option("--threads", flags.threads, "threads of the engine; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--isa", flags.isa, "use other kernels: scalar, avx2, avxvnni, avx512vnni or neon")->type_name("NAME");
  app.add_option("--arithmetic", flags.arithmetic, "fast: int8 activations; reference: float, slow")
      ->check(CLI::IsMember({"fast", "reference"}))
      ->capture_default_str();
}

void add_adapter_option(CLI::App& app, std::string& adapter) {
  app.add_option("--adapter", adapter, "change the model by this LoRA adapter (GGUF)")->type_name("FILE");
}

Result<EngineOptions> engine_options(const EngineFlags& flags) {
  EngineOptions options{.threads = flags.threads};
  options.arithmetic = flags.arithmetic == "reference" ? Arithmetic::kReference : Arithmetic::kFast;
  if (flags.isa.empty()) return options;
  options.isa = find_isa(flags.isa);
  if (options.isa) return options;
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("--isa {}: there are scalar, avx2, avxvnni, avx512vnni and neon", flags.isa)};
}

Result<LoadedModel> load_model(const CommandContext& context, const EngineFlags& flags) {
  return favilla::load_model(context.paths, flags.model, TRY(engine_options(flags)));
}

KvType kv_type(const std::string& name) {
  return name == "q8_0" ? KvType::kQ8_0 : KvType::kF16;
}

Result<std::string> read_input(const std::string& path) {
  if (path != "-") return read_file(path, kInputLimit_bytes);
  std::string text;
  char buffer[1 << 16];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, count);
    if (text.size() > kInputLimit_bytes) return Error{ErrorKind::kExhausted, "standard input is larger than 256 MiB"};
  }
  return text;
}

Result<std::vector<TokenId>> read_tokens(const LoadedModel& model, const std::string& path, bool as_ids) {
  const std::string text = TRY(read_input(path));
  if (!as_ids) return model.tokenizer.with_special_tokens(model.tokenizer.encode(text, ControlTokens::kAsText));
  const Json json = TRY(parse_json(text).context(path));
  std::vector<TokenId> ids;
  for (const Json& id : json) {
    if (!json.is_array() || !id.is_number_integer()) {
      return Error{ErrorKind::kInvalidArgument, path + ": --tokens needs a JSON array of token ids"};
    }
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

}  // namespace favilla::cli
