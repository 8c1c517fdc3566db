// Which files a model hub's reference means.
#include "catalog/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favilla {
namespace {

using testing::HasSubstr;

const std::string kDigest(64, 'd');

SortedJson listing(std::initializer_list<const char*> paths) {
  SortedJson siblings = SortedJson::array();
  for (const char* path : paths) {
    siblings.push_back({{"rfilename", path}, {"lfs", {{"sha256", kDigest}, {"size", 5U}}}});
  }
  return {{"sha", "c0ffee"}, {"cardData", {{"license", "mit"}}}, {"siblings", siblings}};
}

// The path of the chosen (first) file, or the error's words.
std::string chosen(const SortedJson& answer, std::string quant = {}) {
  const Result<HubChoice> choice = choose_hub_files(answer, {"org", "repo", std::move(quant)});
  return choice ? choice->files.front().path : choice.error().message;
}

TEST(Hub, a_reference_has_an_organisation_a_repository_and_perhaps_a_quant) {
  const Result<HubReference> reference = parse_hub_reference("https://hf.co/org/Repo-GGUF:Q4_K_M");
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->organisation, "org");
  EXPECT_EQ(reference->repository, "Repo-GGUF");
  EXPECT_EQ(reference->quant, "Q4_K_M");
  EXPECT_EQ(reference->text(), "hf.co/org/Repo-GGUF:Q4_K_M");
  for (const char* bad : {"hf.co/", "hf.co/org", "hf.co/org/", "hf.co//repo", "hf.co/a/b/c",
                          "hf.co/a/b:", "hf.co/a/b:x/y", "hf.co/../b", "hf.co/a b/c", "hf.co/a/b?x", "org/repo"}) {
    EXPECT_FALSE(parse_hub_reference(bad)) << bad;
  }
}

TEST(Hub, without_a_quant_the_preferred_ones_win_and_then_the_only_one) {
  EXPECT_EQ(chosen(listing({"m-F16.gguf", "m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-Q4_K_S.gguf"})), "m-Q4_K_M.gguf");
  EXPECT_EQ(chosen(listing({"m-F16.gguf", "m-Q8_0.gguf"})), "m-Q8_0.gguf");
  EXPECT_EQ(chosen(listing({"README.md", "m.gguf", "mmproj-F16.gguf", "m.imatrix.gguf"})), "m.gguf");
  EXPECT_THAT(chosen(listing({"a.gguf", "b.gguf"})), HasSubstr("add :QUANT"));
  EXPECT_THAT(chosen(listing({"model.safetensors"})), HasSubstr("no GGUF files"));
}

TEST(Hub, a_quant_is_matched_as_a_word) {
  const SortedJson answer = listing({"m-IQ4_XS.gguf", "m-Q4_K_M.gguf", "m-BF16.gguf", "m_q6_k.gguf"});
  EXPECT_EQ(chosen(answer, "q4_k_m"), "m-Q4_K_M.gguf");
  EXPECT_EQ(chosen(answer, "Q6_K"), "m_q6_k.gguf");
  EXPECT_THAT(chosen(answer, "Q4_K"), HasSubstr("has no Q4_K"));
  EXPECT_THAT(chosen(answer, "Q4_XS"), HasSubstr("has no Q4_XS"));
  EXPECT_THAT(chosen(answer, "F16"), HasSubstr("has no F16"));
}

TEST(Hub, a_split_model_is_all_its_files_in_order) {
  const SortedJson answer = listing({"q/m-Q8_0-00002-of-00002.gguf", "q/m-Q8_0-00001-of-00002.gguf"});
  const Result<HubChoice> choice = choose_hub_files(answer, {"org", "repo", ""});
  ASSERT_TRUE(choice);
  ASSERT_EQ(choice->files.size(), 2U);
  EXPECT_EQ(choice->files[1].path, "q/m-Q8_0-00002-of-00002.gguf");
  EXPECT_EQ(choice->files[1].sha256, kDigest);
  EXPECT_EQ(choice->files[1].bytes, 5U);
  EXPECT_EQ(choice->licence, "mit");
  EXPECT_THAT(chosen(listing({"m-00001-of-00002.gguf"})), HasSubstr("lacks m-00002-of-00002.gguf"));
}

TEST(Hub, answers_of_another_form_are_refused_and_odd_entries_skipped) {
  for (const char* text : {"[]", "{}", "7", R"({"siblings": 1})", R"({"siblings": {}})"}) {
    const Result<HubChoice> choice = choose_hub_files(*parse_sorted_json(text), {"org", "repo", ""});
    ASSERT_FALSE(choice) << text;
    EXPECT_EQ(choice.error().kind, ErrorKind::kCorrupt);
  }
  const SortedJson odd = *parse_sorted_json(
      R"({"sha": "../x", "cardData": [], "siblings": [1, null, {}, {"rfilename": 4}, {"rfilename": "../../m.gguf"},
          {"rfilename": "m.gguf", "size": -1, "lfs": {"sha256": "zz", "size": "big"}}]})");
  const Result<HubChoice> choice = choose_hub_files(odd, {"org", "repo", ""});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->commit, "main");
  EXPECT_EQ(choice->files.front().path, "m.gguf");
  EXPECT_EQ(choice->files.front().sha256, "");
  EXPECT_EQ(choice->files.front().bytes, 0U);
}

TEST(Hub, addresses_are_encoded) {
  const HubReference reference{"org", "repo", ""};
  EXPECT_EQ(hub_info_url("https://hub", reference), "https://hub/api/models/org/repo?blobs=true");
  EXPECT_EQ(hub_file_url("https://hub", reference, {"c0ffee", "", "", {}}, {"a b/m#1.gguf", "", 0}),
            "https://hub/org/repo/resolve/c0ffee/a%20b/m%231.gguf");
}

}  // namespace
}  // namespace favilla
