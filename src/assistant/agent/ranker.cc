// See ranker.h. The weights of words and similarity are those that eval/toolcalls/calibrate.py finds, rounded; those of
// arguments and of the conversation were chosen on the part of eval/toolcalls that is not held out.
#include "assistant/agent/ranker.h"

#include <algorithm>
#include <cmath>

#include "assistant/agent/arguments.h"
#include "assistant/agent/parameter.h"

namespace favilla {
namespace {

constexpr size_t kMaxEmbeddedBytes = 600;
constexpr double kAnnounced = 1.5;  // the assistant said that it is about to do something

std::set<std::string> all_stems(const Said& said) {
  std::set<std::string> stems;
  for (const SaidText& text : said.texts()) stems.merge(content_stems(text.text));
  stems.merge(content_stems(said.announced()));
  return stems;
}

double share(const std::set<std::string>& of, const std::set<std::string>& in) {
  if (of.empty()) return 0;
  const auto hits = std::count_if(of.begin(), of.end(), [&](const std::string& stem) { return in.contains(stem); });
  return static_cast<double>(hits) / static_cast<double>(of.size());
}

// Of the request's words, those that the function speaks of; of the name's words, those that were said.
double word_score(const ToolDefinition& tool, const Said& said, const std::set<std::string>& said_stems) {
  const std::set<std::string> name = identifier_stems(tool.name);
  std::set<std::string> spoken = name;
  spoken.merge(content_stems(tool.description));
  for (const Parameter& parameter : parameters_of(tool.parameters)) {
    spoken.insert(parameter.name_stems.begin(), parameter.name_stems.end());
  }
  const double spoken_of = std::max(share(said.stems(), spoken), share(content_stems(said.announced()), spoken));
  return 0.6 * share(name, said_stems) + 0.4 * spoken_of;
}

// What another function of the same offer finds out ("get_token" the `token` of "add_alarm") is asked of that first.
bool waits_for_other(const ToolDefinition& tool, std::span<const ToolDefinition> tools, const Said& said,
                     const FilledCall& filled) {
  return std::any_of(tools.begin(), tools.end(), [&](const ToolDefinition& other) {
    if (other.name == tool.name) return false;
    const std::set<std::string> other_stems = identifier_stems(other.name);
    for (const Parameter& parameter : parameters_of(tool.parameters)) {
      if (!parameter.required || parameter.name_stems.empty() || said.result(parameter.name)) continue;
      const bool produces = share(parameter.name_stems, other_stems) == 1 &&
                            parameters_of(other.parameters).size() != 0 &&
                            share(identifier_stems(tool.name), other_stems) < 1;
      const bool takes_it_too =
          other.parameters.contains("properties") && other.parameters["properties"].contains(parameter.name);
      const bool is_missing =
          std::find(filled.missing.begin(), filled.missing.end(), parameter.name) != filled.missing.end();
      if (produces && !takes_it_too && is_missing) return true;
    }
    return false;
  });
}

}  // namespace

std::string tool_sentence(const ToolDefinition& tool) {
  std::string text;
  for (const std::string& word : identifier_words(tool.name)) text += (text.empty() ? "" : " ") + word;
  return (text + ". " + tool.description).substr(0, kMaxEmbeddedBytes);
}

std::string request_sentence(const Said& said) {
  std::string text = said.announced();
  for (const SaidText& one : said.texts()) {
    text = text.empty() ? one.text : one.text + " " + text;
    if (content_stems(text).size() >= 4) break;
  }
  return text.substr(0, kMaxEmbeddedBytes);
}

bool is_repetition(const Said& said, const ToolCall& call) {
  return std::any_of(said.calls().begin(), said.calls().end(), [&](const ToolCall& made) {
    return made.name == call.name &&
           SortedJson::parse(made.arguments.dump()) == SortedJson::parse(call.arguments.dump());
  });
}

std::vector<RankedTool> rank_tools(std::span<const ToolDefinition> tools, const Said& said,
                                   std::span<const double> similarities) {
  const std::set<std::string> said_stems = all_stems(said);
  std::vector<RankedTool> ranked;
  for (size_t i = 0; i < tools.size(); ++i) {
    const FilledCall filled = fill_by_evidence(tools[i], said);
    RankedTool tool{.name = tools[i].name,
                    .words = word_score(tools[i], said, said_stems),
                    .fill = filled.fill,
                    .sureness = filled.sureness};
    tool.score = 5.6 * tool.words - 3.2;
    if (!similarities.empty()) {
      tool.similarity = similarities[i];
      tool.score = 3.3 * tool.words + 7.9 * tool.similarity - 5.2;
    }
    tool.score += (tool.fill - 1) + 1.5 * tool.sureness;
    if (!said.announced().empty()) tool.score += kAnnounced;
    if (waits_for_other(tools[i], tools, said, filled)) tool.score -= 2;
    if (is_repetition(said, {.id = {}, .name = tool.name, .arguments = filled.arguments})) tool.score -= 4;
    tool.rank = tool.score;
    ranked.push_back(std::move(tool));
  }
  return ranked;
}

}  // namespace favilla
