#include "understand/templates.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

// Reads "number": words of digits; "pair": two of them, as two values.
class DigitReader : public SlotReader {
 public:
  bool knows(std::string_view kind) const override { return kind == "number" || kind == "pair"; }

  std::vector<SlotReading> read(std::string_view kind, const Sentence& sentence, size_t word) const override {
    const size_t count = kind == "pair" ? 2 : 1;
    SlotReading reading{word + count, {}};
    for (size_t i = 0; i < count; ++i) {
      if (word + i >= sentence.words.size()) return {};
      const std::string& text = sentence.words[word + i].text;
      if (text.find_first_not_of("0123456789") != std::string::npos) return {};
      reading.values[i] = parse_json(text).value();
    }
    return {reading};
  }
};

class TemplatesTest : public testing::Test {
 protected:
  // "tool.action {arguments}", or "-".
  std::string best(std::string_view file, std::string_view said) {
    Result<Templates> templates = Templates::compile({{"t", file}}, reader_);
    if (!templates) return templates.error().message;
    const Sentence sentence = read_sentence(said);
    const auto match = templates->best(sentence, {0, sentence.words.size()}, reader_);
    if (!match) return "-";
    return match->tool + "." + match->action + " " + to_json_text(match->arguments);
  }

  DigitReader reader_;
};

TEST_F(TemplatesTest, WordsGroupsAndOptions) {
  const char* file = "[go]\n(go|walk) [to|into] the (red|blue sky) room";
  EXPECT_EQ(best(file, "Go to the red room!"), "t.go {}");
  EXPECT_EQ(best(file, "walk the blue sky room"), "t.go {}");
  EXPECT_EQ(best(file, "go to to the red room"), "-");
  EXPECT_EQ(best(file, "please go to the red room"), "-");
  EXPECT_EQ(best(file, "go to the red room now"), "-");
  EXPECT_EQ(best(file, ""), "-");
}

TEST_F(TemplatesTest, SlotsFillArgumentsAndKeepTheOwnersSpelling) {
  const char* file = "[add]\nadd {text:item} to [my|the] {text:list} list";
  EXPECT_EQ(best(file, "add Cr\u00E8me Br\u00FBl\u00E9e to the Shopping list"),
            "t.add {\"item\":\"Cr\u00E8me Br\u00FBl\u00E9e\",\"list\":\"Shopping\"}");
  EXPECT_EQ(best(file, "add bread to my to do list"), R"(t.add {"item":"bread","list":"to do"})");
}

TEST_F(TemplatesTest, TypedSlotsAreCheaperThanText) {
  const char* file = "[a]\ncall {text:who}\n[b]\ncall {text:who} at {number:n} -> loud=true\n[c]\nfrom {pair:x+y}";
  EXPECT_EQ(best(file, "call Ana at 6"), R"(t.b {"loud":true,"who":"Ana","n":6})");
  EXPECT_EQ(best(file, "call Ana at noon"), R"(t.a {"who":"Ana at noon"})");
  EXPECT_EQ(best(file, "from 1 2"), R"(t.c {"x":1,"y":2})");
}

TEST_F(TemplatesTest, ExcludedSentencesAreNotTaken) {
  const char* file = "[a]\nremind me to {text:what}\n! remind me to {text} if {text}";
  EXPECT_EQ(best(file, "remind me to leave"), R"(t.a {"what":"leave"})");
  EXPECT_EQ(best(file, "remind me to leave if it rains"), "-");
}

TEST_F(TemplatesTest, ContractionsMeetTheirLongForm) {
  const char* file = "[a]\nwhat's on\n[b]\ndo not stop";
  EXPECT_EQ(best(file, "What is on?"), "t.a {}");
  EXPECT_EQ(best(file, "what\xE2\x80\x99s on"), "t.a {}");
  EXPECT_EQ(best(file, "don't stop"), "t.b {}");
}

TEST_F(TemplatesTest, FixedArgumentsAreJsonOrStrings) {
  EXPECT_EQ(best("[a]\nlouder -> step=10 sign=+ name=\"x y\" on=false", "louder"),
            R"(t.a {"step":10,"sign":"+","name":"x y","on":false})");
}

TEST_F(TemplatesTest, BrokenFilesNameTheLine) {
  EXPECT_EQ(best("[a]\nx (y", ""), "sentences of t: line 2: a group is not closed");
  EXPECT_EQ(best("[a]\n\nx ]", ""), "sentences of t: line 3: ']' without its opening");
  EXPECT_EQ(best("x", ""), "sentences of t: line 1: a template before the first [action]");
  EXPECT_EQ(best("[a]\nx {nope:y}", ""), "sentences of t: there is no slot kind \"nope\"");
  EXPECT_EQ(best("[a]\n((((((((((x))))))))))", ""), "sentences of t: line 2: groups deeper than 8");
  EXPECT_EQ(best("[a]\nx (|y)", ""),
            "sentences of t: line 2: an empty alternative; write [ ] around what may be left out");
}

TEST_F(TemplatesTest, LongSentencesStayCheap) {
  std::string said = "a";
  for (int i = 0; i < 1000; ++i) said += " a";
  EXPECT_EQ(best("[x]\n{text:p} a {text:q} a {text:r} b", said), "-");
}

}  // namespace
}  // namespace favilla
