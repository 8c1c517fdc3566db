// How the agent decides about examples, as numbers: what its weights are fitted to (fit.py).
//
//   trace_tool_examples MODEL.gguf ADAPTER.gguf|- EMBEDDER.gguf|- RERANKER.gguf|- READER.gguf|- [CLASSIFIER.gguf]
//       < examples.jsonl > traces.jsonl
//
// Lines in as render_tool_examples takes them; without functions, those of the program are offered, as `ask` does. A
// line out: {"set", "right": name, "ranked": [{"name", "words", "similarity", "fit", "known", "likelihood", "fill",
// "sureness", "score"}], "calls": [{"name", "arguments"}], "decide_ms"}, with the functions in the order of their
// scores.
#include <chrono>
#include <iostream>

#include "assistant/agent/agent.h"
#include "assistant/model_argument_reader.h"
#include "assistant/model_embedder.h"
#include "assistant/model_function_classifier.h"
#include "assistant/model_reranker.h"
#include "assistant/offered_functions.h"
#include "examples.h"
#include "model/model.h"

namespace favilla {
namespace {

struct Loaded {
  Engine engine;
  Tokenizer tokenizer;
  const ChatFormat* format;
};

Result<Loaded> load(const char* path) {
  GgufFile file = TRY(GgufFile::open(path));
  Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const ChatFormat* format = find_chat_format(file.find_string("tokenizer.chat_template").value_or(""));
  Engine engine = TRY(Engine::load(std::move(file), {.threads = 1}));
  return Loaded{std::move(engine), std::move(tokenizer), format};
}

Json row_of(const RankedTool& tool) {
  return {{"name", tool.name}, {"words", tool.words},       {"similarity", tool.similarity},
          {"fit", tool.fit},   {"known", tool.known},       {"likelihood", tool.likelihood},
          {"fill", tool.fill}, {"sureness", tool.sureness}, {"rank", tool.rank},
          {"lead", tool.lead}, {"score", tool.score}};
}

Json trace_of(const ToolExample& example, const AgentReply& reply) {
  Json row{{"set", example.set}, {"right", example.call.name}, {"wanted", example.call.arguments}};
  for (const RankedTool& tool : reply.trace.ranked) row["ranked"].push_back(row_of(tool));
  row["calls"] = Json::array();
  for (const ToolCall& call : reply.calls) {
    row["calls"].push_back({{"name", call.name}, {"arguments", call.arguments}});
  }
  row["decide_ms"] = reply.trace.recognize_ms + reply.trace.rank_ms + reply.trace.choose_ms;
  return row;
}

// A ModelReranker, a ModelFunctionClassifier or a ModelArgumentReader.
template <class Reader>
Result<std::optional<Reader>> open_reader(Loaded& embedder, const std::string& path) {
  if (path == "-") return std::optional<Reader>();
  const GgufFile file = TRY(GgufFile::open(path));
  return std::optional(TRY(Reader::load(embedder.engine, embedder.tokenizer, file)));
}

Result<void> run(const char* model_path, const std::string& adapter_path, const std::string& embedder_path,
                 const std::string& reranker_path, const std::string& reader_path, const std::string& classifier_path) {
  Loaded model = TRY(load(model_path));
  SessionOptions options;
  if (adapter_path != "-") {
    const GgufFile file = TRY(GgufFile::open(adapter_path));
    options.adapter = TRY(model.engine.load_adapter(file));
  }
  Session session = TRY(model.engine.new_session(options));
  std::optional<Loaded> embedder;
  if (embedder_path != "-") embedder = TRY(load(embedder_path.c_str()));
  AgentModel parts{.session = session, .tokenizer = model.tokenizer, .format = model.format};
  parts.is_trained = options.adapter != nullptr;
  std::optional<ModelEmbedder> vectors;
  std::optional<ModelReranker> reranker;
  std::optional<ModelFunctionClassifier> classifier;
  std::optional<ModelArgumentReader> reader;
  if (embedder) {
    parts.embedder = &vectors.emplace(embedder->engine, embedder->tokenizer);
    reranker = TRY(open_reader<ModelReranker>(*embedder, reranker_path));
    parts.reranker = reranker ? &*reranker : nullptr;
    classifier = TRY(open_reader<ModelFunctionClassifier>(*embedder, classifier_path));
    parts.classifier = classifier ? &*classifier : nullptr;
    reader = TRY(open_reader<ModelArgumentReader>(*embedder, reader_path));
    parts.reader = reader ? &*reader : nullptr;
  }
  const EntityFinder entities = TRY(EntityFinder::load());
  Agent agent(std::move(parts), entities);
  const TimeContext time{TRY(parse_iso_local("2026-11-23T10:00:00")), TimeZone::of_this_machine()};
  const std::vector<ToolDefinition> own = offered_functions(builtin_tools());
  const auto own_examples = function_examples();
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const ToolExample example = TRY(read_tool_example(line, number));
    AgentRequest request{.messages = example.messages, .tools = example.tools, .time = time};
    if (request.tools.empty()) {
      request.tools = own;
      request.examples = own_examples;
    }
    const AgentReply reply = TRY(agent.decide(request));
    std::cout << to_json_text(trace_of(example, reply)) << std::endl;
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 6 && count != 7) {
    std::cerr << "usage: trace_tool_examples MODEL.gguf ADAPTER.gguf|- EMBEDDER.gguf|- "
                 "RERANKER.gguf|- READER.gguf|- [CLASSIFIER.gguf] < examples.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                                                  count == 7 ? arguments[6] : "-");
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
