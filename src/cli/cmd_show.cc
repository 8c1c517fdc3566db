// favilla show: what a model is. Reads the file's head, never the weights.
#include <fmt/format.h>

#include <cstring>
#include <map>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/table.h"
#include "model/gguf.h"

namespace favilla::cli {
namespace {

constexpr size_t kShownText = 100;      // bytes of a metadata string in the table
constexpr uint64_t kShownElements = 8;  // of a metadata array in the table; JSON has arrays up to this length too

struct Options {
  std::string model;
  bool metadata = false;
  bool tensors = false;
  bool json = false;
};

template <class T>
T element(const GgufValue& value, uint64_t index) {
  T result;
  std::memcpy(&result, value.data + index * sizeof(T), sizeof(T));
  return result;
}

// One scalar, or one element of an array of numbers.
Json number_json(const GgufValue& value, GgufType type, uint64_t index) {
  switch (type) {
    case GgufType::kUint8:
      return element<uint8_t>(value, index);
    case GgufType::kInt8:
      return element<int8_t>(value, index);
    case GgufType::kUint16:
      return element<uint16_t>(value, index);
    case GgufType::kInt16:
      return element<int16_t>(value, index);
    case GgufType::kUint32:
      return element<uint32_t>(value, index);
    case GgufType::kInt32:
      return element<int32_t>(value, index);
    case GgufType::kFloat32:
      return element<float>(value, index);
    case GgufType::kBool:
      return element<uint8_t>(value, index) != 0;
    case GgufType::kUint64:
      return element<uint64_t>(value, index);
    case GgufType::kInt64:
      return element<int64_t>(value, index);
    case GgufType::kFloat64:
      return element<double>(value, index);
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return nullptr;
}

// Long arrays (vocabularies) are told by their length.
Json value_json(const GgufValue& value) {
  if (value.type == GgufType::kString) return std::string(value.string);
  if (value.type != GgufType::kArray) return number_json(value, value.type, 0);
  if (value.count > kShownElements) return {{"count", value.count}};
  Json elements = Json::array();
  for (uint64_t index = 0; index < value.count; ++index) {
    if (value.strings != nullptr) {
      elements.push_back(std::string((*value.strings)[index]));
    } else {
      elements.push_back(number_json(value, value.element_type, index));
    }
  }
  return elements;
}

std::string value_text(const GgufValue& value) {
  if (value.type == GgufType::kArray && value.count > kShownElements) return fmt::format("{} elements", value.count);
  std::string text = value.type == GgufType::kString ? std::string(value.string) : to_json_text(value_json(value));
  if (text.size() <= kShownText) return text;
  return fmt::format("{}... ({} bytes)", text.substr(0, kShownText), text.size());
}

// Number formats are what a model's size and speed come from, so they are summed up.
struct TypeSum {
  size_t tensors = 0;
  int64_t elements = 0;
  size_t bytes = 0;
};

std::map<std::string, TypeSum> sums_by_type(const GgufFile& file) {
  std::map<std::string, TypeSum> sums;
  for (const GgufTensor& tensor : file.tensors()) {
    TypeSum& sum = sums[dtype_info(tensor.type).name];
    sum.tensors += 1;
    sum.elements += tensor.elements();
    sum.bytes += tensor.data.size();
  }
  return sums;
}

std::string shape_text(const GgufTensor& tensor) {
  return fmt::format("{}", fmt::join(tensor.shape.begin(), tensor.shape.begin() + tensor.dimensions, " x "));
}

// Facts that every architecture has, by the last part of their key.
void add_facts(std::vector<TableRow>& table, const GgufFile& file) {
  const std::string architecture(file.find_string("general.architecture").value_or("unknown"));
  table.push_back({"architecture", architecture});
  if (const auto title = file.find_string("general.name")) table.push_back({"title", std::string(*title)});
  int64_t parameters = 0;
  for (const GgufTensor& tensor : file.tensors()) parameters += tensor.elements();
  table.push_back({"parameters", fmt::format("{:.1f} million", static_cast<double>(parameters) / 1e6)});
  for (const auto& [label, key] : {std::pair{"context", ".context_length"}, std::pair{"layers", ".block_count"},
                                   std::pair{"width", ".embedding_length"}}) {
    if (const auto value = file.find_uint(architecture + key)) table.push_back({label, std::to_string(*value)});
  }
  if (const GgufStrings* vocabulary = file.find_strings("tokenizer.ggml.tokens")) {
    table.push_back({"vocabulary", fmt::format("{} tokens", vocabulary->size())});
  }
}

// What favilla knows about the origin first, what the file says about itself second.
void print_text(const CommandContext& context, const ResolvedModel& model, const GgufFile& file,
                const Options& options) {
  std::vector<TableRow> table;
  if (model.row) {
    const ModelRow& row = *model.row;
    table = {{"name", row.name}, {"role", row.role}, {"licence", row.licence}, {"source", row.source}};
    if (!row.accepted_terms.empty()) table.push_back({"accepted", row.accepted_terms});
    table.push_back({"sha256", row.files.front().sha256});
  } else {
    table.push_back({"licence", std::string(file.find_string("general.license").value_or("unknown"))});
  }
  table.push_back({"file", model.path.string()});
  add_facts(table, file);
  fmt::print(context.out, "{}\n", format_table(table));

  table = {{"TYPE", "TENSORS", "WEIGHTS", "SIZE"}};
  for (const auto& [type, sum] : sums_by_type(file)) {
    table.push_back({type, std::to_string(sum.tensors), std::to_string(sum.elements), format_bytes(sum.bytes)});
  }
  fmt::print(context.out, "{}", format_table(table));
  if (options.metadata) {
    table = {{"KEY", "VALUE"}};
    for (const GgufValue& value : file.values()) table.push_back({std::string(value.key), value_text(value)});
    fmt::print(context.out, "\n{}", format_table(table));
  }
  if (options.tensors) {
    table = {{"TENSOR", "TYPE", "SHAPE"}};
    for (const GgufTensor& tensor : file.tensors()) {
      table.push_back({std::string(tensor.name), dtype_info(tensor.type).name, shape_text(tensor)});
    }
    fmt::print(context.out, "\n{}", format_table(table));
  }
}

// Everything at once: a program can leave out what it does not want.
void print_json(const CommandContext& context, const Catalog& catalog, const ResolvedModel& model,
                const GgufFile& file) {
  Json report{{"path", model.path.string()},    {"model", model.row ? row_json(catalog, *model.row) : Json()},
              {"gguf_version", file.version()}, {"metadata", Json::object()},
              {"types", Json::object()},        {"tensors", Json::array()}};
  for (const GgufValue& value : file.values()) report["metadata"][std::string(value.key)] = value_json(value);
  for (const auto& [type, sum] : sums_by_type(file)) {
    report["types"][type] = {{"tensors", sum.tensors}, {"weights", sum.elements}, {"bytes", sum.bytes}};
  }
  for (const GgufTensor& tensor : file.tensors()) {
    Json shape = Json::array();
    for (int dimension = 0; dimension < tensor.dimensions; ++dimension) {
      shape.push_back(tensor.shape[static_cast<size_t>(dimension)]);
    }
    report["tensors"].push_back(
        {{"name", std::string(tensor.name)}, {"type", dtype_info(tensor.type).name}, {"shape", std::move(shape)}});
  }
  fmt::print(context.out, "{}\n", to_json_text(report));
}

}  // namespace

int cmd_show(CommandContext& context, const std::vector<std::string>& args) {
  Options options;
  CLI::App app{"Shows what a model is: origin, licence, shape and number formats.", "favilla show"};
  app.add_option("model", options.model, "a name of `favilla list`, or a GGUF file")->required();
  app.add_flag("--metadata", options.metadata, "also list the file's metadata");
  app.add_flag("--tensors", options.tensors, "also list the tensors");
  app.add_flag("--json", options.json, "print everything as JSON");
  app.footer(examples({"favilla show smollm2-135m", "favilla show --metadata model.gguf"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Catalog catalog(context.paths.models());
  const Result<ResolvedModel> model = catalog.resolve(options.model);
  if (!model) return print_error(context, model.error());
  const Result<GgufFile> file = GgufFile::open(model->path);
  if (!file) return print_error(context, file.error());
  if (options.json) {
    print_json(context, catalog, *model, *file);
  } else {
    print_text(context, *model, *file, options);
  }
  return kExitOk;
}

}  // namespace favilla::cli
