// Names: what a model may be called, what a file may be called, and which names are near a mistyped one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace favilla {

// 1..64 of a-z 0-9 . _ - and beginning with a letter or digit: safe as a file name, in a shell and in TOML.
bool is_model_name(std::string_view text);

// A name without a folder in it, not hidden, without control characters.
bool is_plain_file_name(std::string_view text);

bool is_sha256(std::string_view text);

// "Qwen3-0.6B-Q8_0-00001-of-00002.gguf" -> "qwen3-0.6b-q8_0". Characters that a name cannot have become '-'.
std::string model_name_from_file(std::string_view file_name);

// Which of how many files of a split model this is: "x-00002-of-00003.gguf" -> {2, 3}; a whole model is {1, 1}.
struct SplitMark {
  int number = 1;
  int count = 1;
};
SplitMark split_mark(std::string_view file_name);

// "x", 1, 3 -> "x-00001-of-00003.gguf"; a count of 1 -> "x.gguf".
std::string split_file_name(std::string_view stem, int number, int count);

// All files of the model whose first file is `path`, in the same folder.
std::vector<std::filesystem::path> split_paths(const std::filesystem::path& path);

// The candidates that `text` probably meant, nearest first, at most three.
std::vector<std::string_view> nearest_names(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace favilla
