// Examples as questions for the argument reader: the texts are the agent's own, so that it is trained on what it will
// read.
//
//   render_argument_examples MINILM.gguf < examples.jsonl > questions.jsonl
//
// Lines in: ../tools/examples.h. A line out for each parameter of the called function: {"set", "ids": [tokens],
// "starts", "ends": [the first and last token of each word of the user], "first", "last": words of the value, -1 when
// the call does not have the parameter}. What the call has and no words say is left out.
#include <iostream>

#include "assistant/agent/argument_text.h"
#include "assistant/agent/values.h"
#include "examples.h"

namespace favilla {
namespace {

// The value's words among those that are read, whatever their case, the newest; nullopt: it does not stand there.
std::optional<std::pair<int, int>> place_of(const ArgumentText& text, const Said& said, const Json& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const std::vector<TextWord> wanted = words_of(value.is_string() ? value.get<std::string>() : value.dump());
  const std::vector<ReadWord>& read = text.words();
  const auto word = [&](size_t i) -> const TextWord& { return said.texts()[read[i].source].words[read[i].index]; };
  for (size_t from = read.size() + 1 - std::min(wanted.size(), read.size()); from-- > 0 && !wanted.empty();) {
    const size_t last = from + wanted.size() - 1;
    if (last >= read.size() || read[from].source != read[last].source) continue;
    const auto is_it = [&](size_t i) { return word(from + i).folded == wanted[i].folded; };
    size_t same = 0;
    while (same < wanted.size() && is_it(same)) ++same;
    if (same == wanted.size()) return std::pair(static_cast<int>(from), static_cast<int>(last));
  }
  return std::nullopt;
}

// The same of a time or a number that the words come to: "in ten minutes" of a parameter in seconds.
std::optional<std::pair<int, int>> place_of_meaning(const ArgumentText& text, const Said& said,
                                                    const Parameter& parameter, const Json& value) {
  const auto begins_alike = [](const std::string& a, const std::string& b) {
    return a.starts_with(b) || b.starts_with(a);  // "2026-11-23T18:00" is said as "2026-11-23T18:00:00"
  };
  for (const ArgumentCandidate& found : candidates_for(parameter, said, {})) {
    if (found.source == ArgumentCandidate::kElsewhere) continue;
    const bool is_same = found.value.is_string() && value.is_string()
                             ? begins_alike(found.value.get<std::string>(), value.get<std::string>())
                             : found.value == value;
    if (!is_same) continue;
    std::optional<std::pair<int, int>> place;
    for (size_t i = 0; i < text.words().size(); ++i) {
      const ReadWord& read = text.words()[i];
      const TextWord& word = said.texts()[read.source].words[read.index];
      if (read.source != found.source || word.to <= found.from || word.from >= found.to) continue;
      if (!place) place.emplace(static_cast<int>(i), static_cast<int>(i));
      place->second = static_cast<int>(i);
    }
    return place;
  }
  return std::nullopt;
}

void render(const Tokenizer& tokenizer, const EntityFinder& entities, const TimeContext& time,
            const ToolExample& example) {
  const auto tool = std::find_if(example.tools.begin(), example.tools.end(),
                                 [&](const ToolDefinition& each) { return each.name == example.call.name; });
  if (tool == example.tools.end() || !example.has_arguments) return;
  const Said said(example.messages, entities, time);
  const ArgumentText text(tokenizer, said);
  if (text.words().empty()) return;
  for (const Parameter& parameter : parameters_of(tool->parameters)) {
    std::pair<int, int> place{-1, -1};
    if (const auto value = example.call.arguments.find(parameter.name); value != example.call.arguments.end()) {
      auto words = place_of(text, said, *value);
      if (!words) words = place_of_meaning(text, said, parameter, *value);
      if (!words) continue;
      place = *words;
    }
    size_t begin = 0;
    Json row{{"set", example.set}, {"ids", text.tokens(argument_question(*tool, parameter), begin)}};
    for (const ReadWord& word : text.words()) {
      row["starts"].push_back(begin + word.first_token);
      row["ends"].push_back(begin + word.last_token);
    }
    row["first"] = place.first;
    row["last"] = place.second;
    std::cout << to_json_text(row) << '\n';
  }
}

Result<void> run(const char* path) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const EntityFinder entities = TRY(EntityFinder::load());
  // That of the everyday sentences.
  const TimeContext time{TRY(parse_iso_local("2026-11-23T10:00:00")), TRY(TimeZone::find("Europe/Lisbon"))};
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    render(tokenizer, entities, time, TRY(read_tool_example(line, number)));
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: render_argument_examples MINILM.gguf < examples.jsonl > questions.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
