// Approvals over a real store: single use, bound to the exact call, over after ten minutes, revocable.
#include "policy/approvals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "policy/call.h"

namespace favilla {
namespace {

using std::chrono::minutes;

class ApprovalsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("approvals" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    store_.emplace(StoreOptions{folder_ / "favilla.db", false});
    approvals_.emplace(*store_);
    call_.tool = "mail";
    call_.action = "send";
    call_.arguments = {{"to", "ana@costa.example"}, {"body", "hello"}};
    call_.destinations = {{"ana@costa.example", true}};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Approval> give(Scope scope, std::optional<Moment> until = {}, const std::string& turn = "t1") {
    return approvals_->give(hash_of(call_), canonical_call(call_), scope, now_, until, turn, cancel_);
  }
  bool covers(const PolicyCall& call, Moment now, const std::string& turn = "t1") {
    return approvals_->find(hash_of(call), turn, now).value().has_value();
  }
  void use() {
    const Approval approval = *approvals_->find(hash_of(call_), "t1", now_).value();
    const StoreLock lock = std::move(store_->lock(cancel_)).value();
    ASSERT_TRUE(store_->write(Durability::kFlushed, [&](StoreWriter& w) { return Approvals::use(w, approval); }));
  }

  std::filesystem::path folder_;
  std::optional<Store> store_;
  std::optional<Approvals> approvals_;
  CancelFlag cancel_;
  PolicyCall call_;
  Moment now_{std::chrono::milliseconds{1'764'000'000'000}};
};

TEST_F(ApprovalsTest, OnceIsUsedUpAndCoversNothingElse) {
  ASSERT_TRUE(give(Scope::kOnce));
  EXPECT_TRUE(covers(call_, now_));
  PolicyCall other = call_;
  other.arguments = {{"body", "hello"}, {"to", "ana@costa.example"}};
  EXPECT_TRUE(covers(other, now_)) << "the order of arguments is not the call";
  const auto differs = [&](const char* what, auto change) {
    PolicyCall changed = call_;
    change(changed);
    EXPECT_FALSE(covers(changed, now_)) << what;
  };
  differs("text", [](PolicyCall& call) { call.arguments["body"] = "hello "; });
  differs("one more argument", [](PolicyCall& call) { call.arguments["bcc"] = "eve@evil.example"; });
  differs("type", [](PolicyCall& call) { call.arguments["body"] = 1; });
  differs("action", [](PolicyCall& call) { call.action = "draft"; });
  differs("tool", [](PolicyCall& call) { call.tool = "mail2"; });
  differs("hidden copy", [](PolicyCall& call) { call.destinations.push_back({"eve@evil.example", false}); });
  differs("look-alike", [](PolicyCall& call) { call.destinations[0].name = "ana@c\xD0\xBEsta.example"; });
  differs("unknown now", [](PolicyCall& call) { call.destinations[0].is_known = false; });
  differs("tainted now", [](PolicyCall& call) { call.label.integrity = Integrity::kWeb; });
  differs("more private now", [](PolicyCall& call) { call.label.confidentiality = Confidentiality::kSecret; });
  differs("other place", [](PolicyCall& call) { call.place = Territory::kOutside; });
  differs("the tool says something else", [](PolicyCall& call) { call.needs_approval = "2 kB"; });
  EXPECT_FALSE(covers(call_, now_, "t2")) << "another session's turn";
  use();
  EXPECT_FALSE(covers(call_, now_));
}

TEST_F(ApprovalsTest, OnceAndTaskAreOverAfterTenMinutesAndNotBeforeTheyWereGiven) {
  for (const Scope scope : {Scope::kOnce, Scope::kTask}) {
    ASSERT_TRUE(give(scope));
    EXPECT_TRUE(covers(call_, now_ + minutes(10) - std::chrono::milliseconds(1)));
    EXPECT_FALSE(covers(call_, now_ + minutes(10)));
    EXPECT_FALSE(covers(call_, now_ - minutes(1))) << "the clock was set back";
  }
}

TEST_F(ApprovalsTest, ATaskIsThatTurnOnlyAndMoreThanOnce) {
  EXPECT_FALSE(give(Scope::kTask, {}, ""));
  ASSERT_TRUE(give(Scope::kTask));
  EXPECT_FALSE(covers(call_, now_, "t2"));
  use();
  EXPECT_TRUE(covers(call_, now_));
}

TEST_F(ApprovalsTest, UntilEndsThereAndAlwaysEndsWhenRevoked) {
  EXPECT_FALSE(give(Scope::kUntil));
  EXPECT_FALSE(give(Scope::kUntil, now_));
  ASSERT_TRUE(give(Scope::kUntil, now_ + minutes(60)));
  EXPECT_TRUE(covers(call_, now_ + minutes(59)));
  EXPECT_FALSE(covers(call_, now_ + minutes(60)));
  const std::string id = give(Scope::kAlways).value().id;
  EXPECT_TRUE(covers(call_, now_ + minutes(1'000'000)));
  EXPECT_EQ(approvals_->all(now_).value().size(), 1U);
  ASSERT_TRUE(approvals_->revoke(id, cancel_));
  EXPECT_FALSE(covers(call_, now_));
  EXPECT_EQ(approvals_->revoke(id, cancel_).error().kind, ErrorKind::kNotFound);
}

TEST_F(ApprovalsTest, ADamagedRecordCoversNothing) {
  const std::string id = give(Scope::kAlways).value().id;
  for (const char* json :
       {"1", "{}", R"({"scope":"always"})", R"({"hash":"x","scope":"always","given":1,"until":null})",
        R"({"scope":"once","given":1,"until":null})"}) {
    const StoreLock lock = std::move(store_->lock(cancel_)).value();
    ASSERT_TRUE(store_->write(Durability::kFlushed, [&](StoreWriter& writer) {
      return writer.set_record("approval", id, parse_json(json).value());
    }));
    EXPECT_FALSE(covers(call_, now_)) << json;
    EXPECT_TRUE(approvals_->all(now_).value().empty()) << json;
  }
}

}  // namespace
}  // namespace favilla
