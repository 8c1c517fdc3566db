// favilla pull: fetches or imports a model.
#include <fmt/format.h>

#include <chrono>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

constexpr int kLongestStall_s = 3600;

struct Options {
  PullOptions pull;
  bool accept_licence = false;
  bool json = false;
};

// Shows steps and progress on the error output, so that the standard output is the result alone.
class TerminalObserver : public PullObserver {
 public:
  TerminalObserver(const CommandContext& context, bool accept_licence)
      : context_(context), accept_licence_(accept_licence), bar_(context.err, context.err_is_terminal) {}

  void on_step(std::string_view sentence) override {
    bar_.finish();
    fmt::print(context_.err, "{}\n", without_controls(sentence));
    std::fflush(context_.err);
  }

  void on_progress(uint64_t done_bytes, uint64_t total_bytes) override {
    bar_.update(done_bytes, total_bytes, std::chrono::steady_clock::now());
  }

  bool accept_terms(std::string_view model, const ModelTerms& terms) override {
    fmt::print(context_.err, "{} comes under the {}: {}\n{}\n", model, terms.name, terms.address, terms.summary);
    if (accept_licence_) return true;
    return can_ask(context_) && ask_yes_no(context_, fmt::format("Do you accept the {}?", terms.name));
  }

  void finish() { bar_.finish(); }

 private:
  const CommandContext& context_;
  bool accept_licence_;
  ProgressBar bar_;
};

// The next command to type, as the role of the model asks for.
std::string use_of(const ModelRow& row) {
  if (row.role == "embed") return fmt::format("favilla embed {}", row.name);
  return fmt::format("favilla run {}", row.name);
}

void print_result(const CommandContext& context, const Catalog& catalog, const PullResult& result, bool json) {
  const ModelRow& row = result.row;
  if (json) {
    Json report = row_json(catalog, row);
    report["was_here"] = result.was_here;
    fmt::print(context.out, "{}\n", to_json_text(report));
  } else if (result.was_here) {
    fmt::print(context.out, "{} is here already ({}).\n", row.name, format_bytes(row.bytes()));
  } else {
    fmt::print(context.out, "{} is ready ({}, sha256 {}). Try: {}\n", row.name, format_bytes(row.bytes()),
               row.files.front().sha256, use_of(row));
  }
}

}  // namespace

int cmd_pull(CommandContext& context, const std::vector<std::string>& args) {
  Options options;
  CLI::App app{"Fetches a model by name, from a model hub or an address, or imports a file.", "favilla pull"};
  app.add_option(
         "model", options.pull.source,
         "a name of `favilla list`, hf.co/ORG/REPO[:QUANT], an https address, a GGUF file (of splits the first),\n"
         "or the folder of a sentence transformer")
      ->required();
  app.add_option("--name", options.pull.name, "what to call it here");
  app.add_option("--sha256", options.pull.sha256, "the digest that the file must have (an address or a file)");
  app.add_flag("--accept-licence", options.accept_licence, "accept the model's terms without being asked");
  app.add_option("--stall-timeout", options.pull.stall_timeout_s, "seconds without data before trying again")
      ->check(CLI::Range(1, kLongestStall_s))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print the result as JSON");
  app.footer(examples({"favilla pull smollm2-135m", "favilla pull gemma3-270m --accept-licence",
                       "favilla pull hf.co/ORG/REPO:Q4_K_M --name big", "favilla pull ~/Downloads/model.gguf"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  options.pull.cancel = &context.cancel;
  // A mirror, or a server of a test.
  options.pull.hub_url = process_environment("FAVILLA_HUB_URL").value_or("");
  options.pull.hub_token = process_environment("HF_TOKEN").value_or("");
  Catalog catalog(context.paths.models());
  TerminalObserver observer(context, options.accept_licence);
  const Result<PullResult> result = pull(catalog, options.pull, observer);
  observer.finish();
  if (!result) return print_error(context, result.error());
  print_result(context, catalog, *result, options.json);
  return kExitOk;
}

}  // namespace favilla::cli
