// Type-ahead and the stable prefix with a tiny model: they fill the cache, and never touch an answer.
#include "assistant/type_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "assistant/stable_prefix.h"
#include "base/random.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = fs::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/llama.gguf";
const TurnObserver kNobody = [](const TurnEvent&) {};
constexpr const char* kSystem = "You are brief, kind and very patient.";

void pause_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// An engine, and a conversation in a session of its own.
struct Talk {
  explicit Talk(const ChatFormat* format)
      : conversation(session_model(session, tokenizer, format),
                     {.generation = {.max_tokens = 12}, .system = format != nullptr ? kSystem : ""}) {}

  GgufFile file = std::move(GgufFile::open(kModel)).value();
  Tokenizer tokenizer = std::move(Tokenizer::load(file)).value();
  Engine engine = std::move(Engine::load(std::move(file), {.threads = 1})).value();
  Session session = std::move(engine.new_session({})).value();
  Conversation conversation;

  TurnResult send(std::string_view text) { return std::move(conversation.send(text, kNobody)).value(); }
};

std::string random_word(Random& random) {
  std::string word;
  for (uint32_t i = 0; i <= random.next_below(5); ++i) word += static_cast<char>('a' + random.next_below(26));
  return word;
}

// Types, deletes and retypes around `message`, which stands there in the end. Some pauses are long enough to read in.
void type_with_errors(TypeAhead& type_ahead, const std::string& message, Random& random) {
  std::string line;
  type_ahead.update(line);
  for (const char character : message) {
    if (random.next_below(6) == 0) {
      type_ahead.update(line + " " + random_word(random) + " " + random_word(random));
      pause_ms(static_cast<int>(random.next_below(50)));
      if (random.next_below(3) == 0) type_ahead.update("");
    }
    line += character;
    type_ahead.update(line);
    pause_ms(random.next_below(8) == 0 ? 40 : 1);
  }
}

TEST(TypeAhead, NeverChangesAnAnswerWhateverWasTypedInBetween) {
  for (const char* name : {"chatml", ""}) {
    const ChatFormat* format = *name != '\0' ? find_chat_format_by_name(name) : nullptr;
    Talk plain(format);
    Talk ahead(format);
    Random random(7);
    for (const char* message : {"an old fox", "two  big\nsteps"}) {
      {
        TypeAhead type_ahead(ahead.conversation, ahead.session);
        type_with_errors(type_ahead, message, random);
      }
      ASSERT_EQ(ahead.send(message).text, plain.send(message).text) << message;
    }
    EXPECT_THAT(ahead.session.tokens(), testing::ElementsAreArray(plain.session.tokens()));
  }
}

TEST(TypeAhead, HasReadTheWholeWordsWhenTheMessageIsSent) {
  Talk talk(find_chat_format_by_name("chatml"));
  const std::vector<TokenId> words = talk.conversation.beginning_with("an old fox");
  for (int attempt = 0; attempt < 100 && talk.session.tokens().size() < words.size(); ++attempt) {
    TypeAhead type_ahead(talk.conversation, talk.session);
    type_ahead.update("an old fox jum");
    pause_ms(50 + 10 * attempt);
  }
  EXPECT_THAT(talk.session.tokens(), testing::ElementsAreArray(words));
  EXPECT_GE(talk.send("an old fox jumps").generation.cached_tokens, static_cast<int>(words.size()));
}

TEST(TypeAhead, EndsAtOnceWhileItReads) {
  Talk talk(find_chat_format_by_name("chatml"));
  for (int i = 0; i < 50; ++i) {
    TypeAhead type_ahead(talk.conversation, talk.session);
    type_ahead.update("word after word after word ");
    pause_ms(i % 2 == 0 ? 31 : 0);
  }
  EXPECT_FALSE(talk.send("word").generation.prompt_tokens == 0);
}

class StablePrefixTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "favilla-stable-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(StablePrefixTest, IsReadOnceForAllConversationsWithTheSameSystemText) {
  const PrefixStore store(folder_);
  const ChatFormat* format = find_chat_format_by_name("chatml");
  Talk first(format);
  StablePrefix first_prefix(first.session, store);
  first_prefix.begin(first.conversation);
  const TurnResult turn = first.send("hello");
  EXPECT_EQ(turn.generation.cached_tokens, 0);
  ASSERT_TRUE(first_prefix.keep());

  Talk second(format);
  StablePrefix second_prefix(second.session, store);
  second_prefix.begin(second.conversation);
  const std::vector<TokenId> ids = second.conversation.stable_prefix();
  EXPECT_GT(ids.size(), 0U);
  EXPECT_THAT(second.session.tokens(), testing::ElementsAreArray(ids));
  const TurnResult again = second.send("hello");
  EXPECT_GE(again.generation.cached_tokens, static_cast<int>(ids.size()));
  EXPECT_EQ(again.text, turn.text);

  const uint64_t size = store.size_bytes();
  ASSERT_TRUE(second_prefix.keep());  // there is nothing new to keep
  EXPECT_EQ(store.size_bytes(), size);
}

TEST_F(StablePrefixTest, OfAShortSystemTextIsKeptToo) {
  const PrefixStore store(folder_);
  Talk talk(find_chat_format_by_name("chatml"));
  talk.conversation.set_system("Be kind.");
  ASSERT_LT(talk.conversation.stable_prefix().size(), 32U);
  StablePrefix prefix(talk.session, store);
  prefix.begin(talk.conversation);
  talk.send("hello");
  ASSERT_TRUE(prefix.keep());
  EXPECT_GT(store.size_bytes(), 0U);
}

TEST_F(StablePrefixTest, HoldsNothingOfTheHistoryAndNothingForABaseModel) {
  Talk talk(find_chat_format_by_name("chatml"));
  const std::vector<TokenId> before = talk.conversation.stable_prefix();
  talk.send("hello");
  EXPECT_EQ(talk.conversation.stable_prefix(), before);
  EXPECT_TRUE(talk.tokenizer.decode(before).find("hello") == std::string::npos);
  talk.conversation.set_system("Another text.");
  EXPECT_NE(talk.conversation.stable_prefix(), before);
  EXPECT_TRUE(Talk(nullptr).conversation.stable_prefix().empty());
}

TEST_F(StablePrefixTest, IsNotKeptUnlessATurnHasReadIt) {
  const PrefixStore store(folder_);
  Talk talk(find_chat_format_by_name("chatml"));
  StablePrefix prefix(talk.session, store);
  prefix.begin(talk.conversation);
  ASSERT_TRUE(prefix.keep());
  EXPECT_EQ(store.size_bytes(), 0U);
}

}  // namespace
}  // namespace favilla
