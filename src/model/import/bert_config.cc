// Reading a BERT encoder's configuration, and refusing what would import without an error but embed wrongly: another
// activation, another kind of position, a dense layer after the pooling.
#include "model/import/bert_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "model/import/json_fields.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxConfigBytes = 1 << 20;
constexpr uint64_t kMaxLayers = 256;
constexpr uint64_t kMaxLength = 1 << 20;  // of any dimension: products of two stay far from overflow

Error unsupported(std::string problem) {
  return {ErrorKind::kUnsupported, std::move(problem)};
}

Result<SortedJson> read_config(const std::filesystem::path& path) {
  const std::string text = TRY(read_file(path, kMaxConfigBytes));
  return parse_sorted_json(text);
}

Result<void> require_value(const SortedJson& json, const char* key, std::string_view wanted) {
  const std::string value = TRY(require_string(json, key));
  if (value == wanted) return {};
  return unsupported(fmt::format("{} is {}; only {} is supported", key, quoted_name(value), wanted));
}

Result<BertConfig> parse_encoder(const SortedJson& json) {
  TRY(require_value(json, "model_type", "bert"));
  TRY(require_value(json, "hidden_act", "gelu"));  // the erf form, which the engine computes
  if (find_field(json, "position_embedding_type") != nullptr) {
    TRY(require_value(json, "position_embedding_type", "absolute"));
  }
  BertConfig config;
  const auto read = [&json](const char* key, uint64_t maximum, uint32_t& value) -> Result<void> {
    value = static_cast<uint32_t>(TRY(require_uint(json, key, maximum)));
    if (value == 0) return Error{ErrorKind::kCorrupt, fmt::format("the field \"{}\" is 0", key)};
    return {};
  };
  TRY(read("hidden_size", kMaxLength, config.embedding));
  TRY(read("num_hidden_layers", kMaxLayers, config.layers));
  TRY(read("num_attention_heads", kMaxLength, config.heads));
  TRY(read("intermediate_size", kMaxLength, config.feed_forward));
  TRY(read("max_position_embeddings", kMaxLength, config.positions));
  TRY(read("vocab_size", kMaxLength, config.vocabulary));
  TRY(read("type_vocab_size", kMaxLength, config.token_types));
  config.norm_epsilon = static_cast<float>(TRY(require_number(json, "layer_norm_eps")));
  if (!std::isfinite(config.norm_epsilon) || config.norm_epsilon < 0) {
    return Error{ErrorKind::kCorrupt, "the field \"layer_norm_eps\" is not a small positive number"};
  }
  if (config.embedding % config.heads != 0) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("hidden_size {} is not a multiple of {} heads", config.embedding, config.heads)};
  }
  return config;
}

// Flags that are absent are off: the older the folder, the fewer of them it has.
Result<BertPooling> parse_pooling(const SortedJson& json) {
  constexpr std::array kOthers = {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
                                  "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"};
  for (const char* other : kOthers) {
    if (flag_or(json, other, false)) return unsupported(fmt::format("{} is not supported, only mean and cls", other));
  }
  const bool mean = flag_or(json, "pooling_mode_mean_tokens", false);
  const bool cls = flag_or(json, "pooling_mode_cls_token", false);
  if (mean == cls) return unsupported("exactly one of mean and cls pooling must be on");
  return mean ? BertPooling::kMean : BertPooling::kCls;
}

// A model is a chain of modules. Beyond encoder and pooling we know only the normalization, which embedding always
// does.
Result<void> check_modules(const SortedJson& json) {
  if (!json.is_array()) return Error{ErrorKind::kCorrupt, "this is not a list of modules"};
  for (const SortedJson& module : json) {
    const std::string type = TRY(require_string(module, "type"));
    const std::string_view name = std::string_view(type).substr(type.rfind('.') + 1);
    if (name != "Transformer" && name != "Pooling" && name != "Normalize") {
      return unsupported(fmt::format("the module {} is not supported", quoted_name(type)));
    }
  }
  return {};
}

}  // namespace

Result<BertConfig> read_bert_config(const std::filesystem::path& folder) {
  const std::filesystem::path encoder_path = folder / "config.json";
  const SortedJson encoder = TRY(read_config(encoder_path));
  BertConfig config = TRY(parse_encoder(encoder).context(encoder_path.string()));
  const std::filesystem::path pooling_path = folder / "1_Pooling" / "config.json";
  const SortedJson pooling = TRY(read_config(pooling_path));
  config.pooling = TRY(parse_pooling(pooling).context(pooling_path.string()));
  const std::filesystem::path modules_path = folder / "modules.json";
  std::error_code ignored;  // what cannot be examined is read below and gives the error there, or is absent
  if (std::filesystem::exists(modules_path, ignored)) {
    const SortedJson modules = TRY(read_config(modules_path));
    TRY(check_modules(modules).context(modules_path.string()));
  }
  return config;
}

}  // namespace favilla
