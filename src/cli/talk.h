// What run, ask and chat share: their options, a loaded model with its conversation, and the single turn.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "assistant/assistant.h"
#include "cli/arguments.h"
#include "cli/command.h"

namespace favilla::cli {

struct TalkFlags {
  GenerateOptions generation;
  std::string system;
  int threads = 0;         // 0: one per physical core
  int context_tokens = 0;  // 0: the model's default
  bool no_thinking = false;
  bool verbose = false;
};

// A little randomness, which keeps small models from repeating themselves in a conversation.
inline constexpr float kChatTemperature = 0.3F;

// --system --temperature ... --verbose, bound to `flags`, whose values are the defaults shown in the help.
void add_talk_options(CLI::App& app, TalkFlags& flags);

// A model ready to talk. Not movable: the members refer to each other.
struct Talk {
  Talk(LoadedModel loaded, Session made, ConversationOptions options)
      : model(std::move(loaded)),
        session(std::move(made)),
        conversation(session_model(session, model.tokenizer, model.format), std::move(options)) {}
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  LoadedModel model;
  Session session;
  Conversation conversation;
};

enum class Template { kOfModel, kNone };

// An empty name is the default model.
Result<std::unique_ptr<Talk>> open_talk(const Paths& paths, const std::string& model_name, const TalkFlags& flags,
                                        Template use = Template::kOfModel);

struct SingleTurn {
  std::string model_name;
  std::string prompt;
  TalkFlags flags;
  Template use_template = Template::kOfModel;
  bool json = false;
};

// Loads the model, answers once, prints the answer (or one JSON object) and returns the exit code.
int answer_once(CommandContext& context, const SingleTurn& turn);

// The words of a prompt joined by spaces; standard input, without its last line break, for "-". Always valid UTF-8.
Result<std::string> read_prompt(const std::vector<std::string>& words);

}  // namespace favilla::cli
