// favilla chat [MODEL]: a conversation at the terminal, or over a pipe with one turn per line.
//
// A face only: it reads lines, hands them to the Conversation and prints its events. Signals become flags
// (SignalWatch), so Ctrl+C stops an answer within one layer and SIGTERM leaves with the terminal as it was found.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <span>

#include "base/file.h"
#include "base/signal_watch.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/instant_turns.h"
#include "cli/talk.h"
#include "cli/terminal.h"
#include "cli/terminal_input.h"
#include "cli/terminal_lines.h"

namespace favilla::cli {
namespace {

// What the loop does after a line.
enum class Next { kGoOn, kLeave };

std::string figures_of(const LocalModel& local) {
  return fmt::format(" ({:.0f}M parameters, window of {} tokens, {} threads)",
                     static_cast<double>(local.model.engine.info().parameters) / 1e6, local.session.context_tokens(),
                     local.model.engine.threads());
}

// The loop, its slash commands, and the model it talks with at the moment.
class Chat {
 public:
  // Without `instant` every line is the model's.
  Chat(CommandContext& context, SignalWatch& signals, TalkFlags flags, std::unique_ptr<Talk> talk,
       std::unique_ptr<InstantTurns> instant)
      : context_(context),
        signals_(signals),
        flags_(std::move(flags)),
        talk_(std::move(talk)),
        instant_(std::move(instant)),
        style_(style_for(context)) {}

  // Both return the exit code: 0 when the owner leaves, 128 + N after signal N.
  int talk_with_person();
  int talk_over_pipe();

 private:
  // One line of /help, and the function behind it.
  struct SlashCommand {
    std::string_view name;
    std::string_view argument;
    std::string_view help;
    Result<Next> (Chat::*run)(const std::string& argument);
  };
  static std::span<const SlashCommand> slash_commands();

  Result<Next> help(const std::string& argument);
  Result<Next> clear(const std::string& argument);
  Result<Next> retry(const std::string& argument);
  Result<Next> change_model(const std::string& argument);
  Result<Next> change_system(const std::string& argument);
  Result<Next> save(const std::string& argument);
  Result<Next> quit(const std::string& argument);

  // Speaking with the owner about the chat itself.
  void greet();
  void say(std::string_view sentence);

  // The steps of a loop.
  Line read_message(LineEditor& editor);
  Result<Next> handle(const std::string& message);
  Result<Next> run_slash_command(const std::string& message);
  void show(const ActionAnswer& answer);
  Result<Next> take_turn(const std::string& message);
  void tell_notices();
  int exit_code_of_signal() const { return 128 + signals_.termination(); }

  CommandContext& context_;
  SignalWatch& signals_;
  TalkFlags flags_;
  std::unique_ptr<Talk> talk_;
  std::unique_ptr<InstantTurns> instant_;
  Style style_;
  bool with_person_ = false;
};

std::span<const Chat::SlashCommand> Chat::slash_commands() {
  static constexpr SlashCommand kCommands[] = {
      {"/help", "", "this list", &Chat::help},
      {"/clear", "", "forget the conversation and start afresh", &Chat::clear},
      {"/retry", "", "take the last answer back and ask again", &Chat::retry},
      {"/model", "NAME", "go on with another model; without a name: say which one it is", &Chat::change_model},
      {"/system", "TEXT", "set the system text; without a text: the usual one", &Chat::change_system},
      {"/save", "FILE", "write the conversation to a Markdown file", &Chat::save},
      {"/quit", "", "leave (Ctrl+D does too)", &Chat::quit},
  };
  return kCommands;
}

// The first Ctrl+C at an empty prompt warns and the second leaves: hands that meant to stop an answer which has just
// ended do not lose the conversation.
int Chat::talk_with_person() {
  with_person_ = true;
  LineEditor editor(signals_);
  greet();
  if (const Result<void> kept = editor.keep_history(context_.paths.data / "chat_history"); !kept) {
    say(fmt::format("the history of this chat is not kept: {}", kept.error().message));
  }
  bool leaves_on_next_interrupt = false;
  while (true) {
    const Line line = read_message(editor);
    switch (line.end) {
      case LineEnd::kTerminated:
        return exit_code_of_signal();
      case LineEnd::kEndOfInput:
        return kExitOk;
      case LineEnd::kInterrupted:
        if (leaves_on_next_interrupt && line.text.empty()) return kExitOk;
        leaves_on_next_interrupt = line.text.empty();
        if (leaves_on_next_interrupt) say("Ctrl+C again leaves");
        continue;
      case LineEnd::kLine:
        break;
    }
    leaves_on_next_interrupt = false;
    // A failed turn is told and forgotten: the conversation is as it was before it.
    const Result<Next> next = handle(line.text);
    if (!next) print_error(context_, next.error());
    if (signals_.termination() != 0) return exit_code_of_signal();
    if (next && *next == Next::kLeave) return kExitOk;
  }
}

// A message, with the lines that a backslash at the end joins, or that were pasted together.
Line Chat::read_message(LineEditor& editor) {
  // \1 encloses what takes no room, for the editor's arithmetic.
  const std::string prompt = fmt::format("\1{}\1> \1{}\1", style_.accent, style_.reset);
  std::string text;
  std::optional<TypeAhead> type_ahead;
  if (!flags_.no_type_ahead && talk_->local) type_ahead.emplace(talk_->conversation, talk_->local->session);
  const auto on_edit = [&](std::string_view line) {
    std::string message = text + std::string(line);
    if (type_ahead && !message.starts_with('/')) type_ahead->update(std::move(message));
  };
  while (true) {
    signals_.reset();  // the Ctrl+C that stopped an answer must not also empty the next line
    Line line = editor.read(text.empty() ? std::string_view(prompt) : ". ", on_edit);
    // Lines already joined count as typed text: Ctrl+C drops the whole message.
    if (line.end == LineEnd::kInterrupted) line.text.insert(0, text);
    if (line.end != LineEnd::kLine) return line;
    if (!line.text.empty()) editor.remember(line.text);
    const bool is_joined = !line.goes_on && line.text.ends_with('\\');
    if (is_joined) line.text.pop_back();
    text += line.text;
    if (is_joined || line.goes_on) {
      text += '\n';
      continue;
    }
    return {.end = LineEnd::kLine, .text = std::move(text)};
  }
}

// No prompts and no greeting: what comes out is the answers. The exit code is that of the first turn that failed.
int Chat::talk_over_pipe() {
  PipeLines lines(STDIN_FILENO, signals_);
  int exit = kExitOk;
  std::string text;
  while (true) {
    const Result<Line> line = lines.read();
    if (!line) return print_error(context_, line.error());
    if (line->end == LineEnd::kTerminated) return exit_code_of_signal();
    if (line->end == LineEnd::kInterrupted) return kExitInterrupted;
    text += line->text;
    const bool goes_on = line->end == LineEnd::kLine && text.ends_with('\\');
    if (goes_on) {
      text.back() = '\n';
      continue;
    }
    const Result<Next> next = handle(text);
    text.clear();
    // There is nobody to ask for another line, so here Ctrl+C means the whole run.
    if (signals_.cancel().requested()) return signals_.termination() != 0 ? exit_code_of_signal() : kExitInterrupted;
    if (!next) {
      const int code = print_error(context_, next.error());
      exit = exit == kExitOk ? code : exit;
    }
    // Whoever read the answers is gone, or the disk is full: main says so.
    if (std::ferror(context_.out) != 0) return kExitFailure;
    if (line->end == LineEnd::kEndOfInput || (next && *next == Next::kLeave)) return exit;
  }
}

void Chat::greet() {
  fmt::print(context_.out, "{0}Favilla {1}{2} with {0}{3}{2}{4}\n", style_.bold, FAVILLA_VERSION, style_.reset,
             talk_->model_name(), talk_->local ? figures_of(*talk_->local) : "");
  if (!talk_->conversation.has_chat_format())
    say("this is a base model without a chat template: it continues your text");
  say("/help lists the commands, Ctrl+C stops an answer, Ctrl+D leaves");
  tell_notices();
  std::fputs("\n", context_.out);
}

// Into a pipe go the answers alone; what the chat has to say stands on standard error then.
void Chat::say(std::string_view sentence) {
  std::FILE* stream = with_person_ ? context_.out : context_.err;
  fmt::print(stream, "{}{}{}\n", style_.dim, sentence, style_.reset);
  std::fflush(stream);
}

Result<Next> Chat::handle(const std::string& message) {
  if (message.find_first_not_of(" \t\n") == std::string::npos) return Next::kGoOn;
  if (message.starts_with('/')) return run_slash_command(message);
  tell_notices();
  if (!instant_) return take_turn(message);
  if (const auto answer = instant_->answer(message)) return show(*answer), Next::kGoOn;
  const std::string meaning = instant_->meaning(message);
  const Result<std::optional<ActionAnswer>> acted = instant_->act(meaning, local_model(*talk_), signals_.cancel());
  if (flags_.verbose) {
    for (const AgentReply& decision : instant_->decisions()) {
      fmt::print(context_.err, "{}{}{}", style_.dim, without_controls(to_valid_utf8(in_lines(decision))), style_.reset);
    }
  }
  if (!acted) return acted.error();
  if (!*acted) return take_turn(meaning);
  show(**acted);
  instant_->keep_vectors();
  return Next::kGoOn;
}

// What came due, between two turns: nothing interrupts a line that is being typed.
void Chat::tell_notices() {
  if (!instant_) return;
  for (const std::string& notice : instant_->notices()) {
    fmt::print(context_.out, "{}{}{}\n", style_.accent, without_controls(to_valid_utf8(notice)), style_.reset);
  }
}

// What was done instead of an answer of the model.
void Chat::show(const ActionAnswer& answer) {
  const std::string text = to_valid_utf8(answer.reply);
  fmt::print(context_.out, "{}\n", context_.out_is_terminal ? without_controls(text) : text);
  if (with_person_) {
    say(fmt::format("{}, {:.0f} ms{}", path_of(answer), std::ceil(answer.understand_ms + answer.act_ms),
                    answer.can_undo() ? "; \"undo that\" takes it back" : ""));
    std::fputs("\n", context_.out);
  }
  std::fflush(context_.out);
}

// "/name argument": the argument is everything after the name, without white space at its ends.
Result<Next> Chat::run_slash_command(const std::string& message) {
  const size_t name_end = std::min(message.find_first_of(" \t\n"), message.size());
  const std::string_view name = std::string_view(message).substr(0, name_end);
  const size_t begin = std::min(message.find_first_not_of(" \t\n", name_end), message.size());
  const size_t end = message.find_last_not_of(" \t\n") + 1;
  const std::string argument = begin < end ? message.substr(begin, end - begin) : "";
  for (const SlashCommand& command : slash_commands()) {
    if (command.name == name) return (this->*command.run)(argument);
  }
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("there is no command {}; /help lists them (a space before the slash sends the line)", name)};
}

// A Ctrl+C that came since the line was read counts: it is not forgotten here.
Result<Next> Chat::take_turn(const std::string& message) {
  AnswerPrinter printer(context_);
  const LabelledText facts = instant_ ? talk_->known_text(instant_->facts_about(message)) : LabelledText{};
  const std::string skill = instant_ ? instant_->skill_for(message) : "";
  const LabelledText known = with_skill(skill, facts);
  if (flags_.verbose && !known.text.empty()) {
    fmt::print(context_.err, "{}{}{}", style_.dim, talk_->told_companions(skill, facts), style_.reset);
  }
  Result<TurnResult> turn = talk_->conversation.send(
      message, [&](const TurnEvent& event) { printer.print(event); }, &signals_.cancel(), known);
  printer.finish();
  if (!turn) {
    Error error = std::move(turn).error();
    // The next step is the face's to name: the conversation does not know that there is a /clear.
    const bool is_too_private = !talk_->conversation.may_read(talk_->conversation.label());
    if (error.kind == ErrorKind::kExhausted || is_too_private) error.message += "; /clear starts a new conversation";
    return error;
  }
  if (const std::string early_end = early_end_line(turn->generation); with_person_ && !early_end.empty())
    say(early_end);
  if (flags_.verbose && talk_->remote) {
    fmt::print(context_.err, "{}answered by {}{}\n", style_.dim, talk_->model_name(), style_.reset);
  }
  if (flags_.verbose) fmt::print(context_.err, "{}{}{}\n", style_.dim, timing_line(turn->generation), style_.reset);
  if (with_person_) std::fputs("\n", context_.out);
  std::fflush(context_.out);
  keep_prefix(context_, *talk_, flags_);
  return Next::kGoOn;
}

Result<Next> Chat::help(const std::string&) {
  for (const SlashCommand& command : slash_commands()) {
    fmt::print(context_.out, "  {}{:<8}{} {:<5} {}\n", style_.bold, command.name, style_.reset, command.argument,
               command.help);
  }
  fmt::print(context_.out, "  A backslash at the end of a line continues the message on the next.\n");
  std::fflush(context_.out);
  return Next::kGoOn;
}

Result<Next> Chat::clear(const std::string&) {
  talk_->conversation.clear();
  say("the conversation is forgotten");
  return Next::kGoOn;
}

// Takes the answer back first, so that the new one replaces it in the history.
Result<Next> Chat::retry(const std::string&) {
  const std::optional<std::string> question = talk_->conversation.take_back();
  if (!question) return Error{ErrorKind::kInvalidArgument, "there is no answer yet to take back"};
  return take_turn(*question);
}

Result<Next> Chat::change_model(const std::string& argument) {
  if (argument.empty()) {
    say(talk_->model_name());
    return Next::kGoOn;
  }
  // The old model stays until the new one works.
  std::unique_ptr<Talk> talk = TRY(open_talk(context_, argument, flags_));
  talk->conversation.continue_from(talk_->conversation);
  if (instant_) instant_->forget_model();
  talk_ = std::move(talk);
  say(fmt::format("going on with {}", talk_->model_name()));
  return Next::kGoOn;
}

Result<Next> Chat::change_system(const std::string& argument) {
  flags_.system = argument;
  talk_->conversation.set_system(conversation_options(flags_, talk_->format()).system);
  if (talk_->local) talk_->local->stable_prefix.begin(talk_->conversation);
  say(argument.empty() ? "the system text is the usual one again" : "the system text is set");
  return Next::kGoOn;
}

Result<Next> Chat::save(const std::string& argument) {
  if (argument.empty()) return Error{ErrorKind::kInvalidArgument, "/save needs a file name, for example /save talk.md"};
  // Never over a file of the owner: a slip of the finger would cost it.
  std::error_code ignored;
  if (std::filesystem::exists(argument, ignored)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} exists already; choose another name", argument)};
  }
  TRY(write_file_atomically(argument, to_markdown(talk_->conversation.messages(), talk_->model_name())));
  say(fmt::format("saved to {}", argument));
  return Next::kGoOn;
}

Result<Next> Chat::quit(const std::string&) {
  return Next::kLeave;
}

}  // namespace

int cmd_chat(CommandContext& context, const std::vector<std::string>& args) {
  TalkFlags flags = assistant_flags();
  std::string model_name;
  CLI::App app{"Opens a conversation. With lines from a pipe, each line is a turn.", "favilla chat"};
  app.add_option("model", model_name, "name or path of the model; the default model when left out")->type_name("MODEL");
  add_local_option(app, flags);
  add_talk_options(app, flags);
  app.add_flag("--no-type-ahead", flags.no_type_ahead, "do not read a message while it is being typed");
  InstantFlags instant_flags;
  app.add_flag("--no-instant", instant_flags.no_instant, "leave the rules out: every line is the model's");
  app.add_flag("--no-act", instant_flags.no_act, "let the model answer in words and do nothing");
  app.add_flag("--yes", instant_flags.yes, "give every approval");
  app.add_option("--area", instant_flags.workshop.area, "the room that the words come from")->type_name("ROOM");
  app.footer(examples({"favilla chat", "favilla chat smollm2-135m --system \"Answer in one sentence.\"",
                       "printf 'My name is Ada.\\nWhat is my name?\\n' | favilla chat"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  // Before the engine makes its threads: they inherit the signal mask.
  Result<std::unique_ptr<SignalWatch>> signals = SignalWatch::start();
  if (!signals) return print_error(context, signals.error());
  Result<std::unique_ptr<Talk>> talk = open_talk(context, model_name, flags);
  if (!talk) return print_error(context, talk.error());
  (*signals)->begin_reporting();
  std::unique_ptr<InstantTurns> instant;
  if (!instant_flags.no_instant || !instant_flags.no_act) {
    Result<std::unique_ptr<InstantTurns>> opened = InstantTurns::open(context, instant_flags);
    if (!opened) return print_error(context, opened.error());
    instant = std::move(*opened);
  }
  Chat chat(context, **signals, std::move(flags), std::move(*talk), std::move(instant));
  // Editing needs both ends: with the output in a file the echo would be invisible.
  const bool with_person = ::isatty(STDIN_FILENO) != 0 && context.out_is_terminal;
  return with_person ? chat.talk_with_person() : chat.talk_over_pipe();
}

}  // namespace favilla::cli
