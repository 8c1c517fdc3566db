// What a user sees when the words after a subcommand are wrong, or ask for help.
#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favilla::cli {
namespace {

using testing::HasSubstr;

class ArgumentsTest : public testing::Test {
 protected:
  ArgumentsTest() {
    context_.out = open_memstream(&out_text_, &out_size_);
    context_.err = open_memstream(&err_text_, &err_size_);
    app_.add_option("model", model_, "name or path")->required();
    app_.add_option("--threads", threads_, "worker threads");
    app_.footer(examples({"favilla bench smollm2-135m", "favilla bench file.gguf"}));
  }

  ~ArgumentsTest() override {
    std::fclose(context_.out);
    std::fclose(context_.err);
    std::free(out_text_);
    std::free(err_text_);
  }

  std::optional<int> parse(const std::vector<std::string>& args) {
    const std::optional<int> code = parse_arguments(app_, args, context_);
    std::fflush(context_.out);
    std::fflush(context_.err);
    return code;
  }

  std::string out() const { return {out_text_, out_size_}; }
  std::string err() const { return {err_text_, err_size_}; }

  std::string model_;
  int threads_ = 0;
  CancelFlag cancel_;
  CommandContext context_{.paths = {}, .cancel = cancel_};
  CLI::App app_{"Measures speed.", "favilla bench"};
  char* out_text_ = nullptr;
  char* err_text_ = nullptr;
  size_t out_size_ = 0;
  size_t err_size_ = 0;
};

TEST_F(ArgumentsTest, good_words_fill_the_variables_and_the_command_goes_on) {
  EXPECT_EQ(parse({"smollm2-135m", "--threads", "2"}), std::nullopt);
  EXPECT_EQ(model_, "smollm2-135m");
  EXPECT_EQ(threads_, 2);
  EXPECT_EQ(err(), "");
}

TEST_F(ArgumentsTest, help_goes_to_standard_output_with_examples_and_ends_well) {
  EXPECT_EQ(parse({"--help"}), kExitOk);
  EXPECT_THAT(out(), HasSubstr("favilla bench [OPTIONS] model"));
  EXPECT_THAT(out(), HasSubstr("Examples:\n  favilla bench smollm2-135m\n  favilla bench file.gguf"));
  EXPECT_EQ(err(), "");
}

TEST_F(ArgumentsTest, a_missing_word_is_one_sentence_and_exit_code_2) {
  EXPECT_EQ(parse({}), kExitUsage);
  EXPECT_EQ(err(), "favilla: model is required; see favilla bench --help\n");
}

TEST_F(ArgumentsTest, an_unknown_option_is_named) {
  EXPECT_EQ(parse({"m", "--colour"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("--colour"));
}

TEST_F(ArgumentsTest, a_word_where_a_number_belongs_is_named) {
  EXPECT_EQ(parse({"m", "--threads", "two"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("--threads"));
  EXPECT_THAT(err(), HasSubstr("two"));
}

}  // namespace
}  // namespace favilla::cli
