// The tool `memory`: facts that the owner tells to be remembered, asks for, corrects and forgets.
//
//   kMemoryTool.actions: remember, recall, answer, list, why, edit, forget, export, import
//
//   TRY(runner.run("memory", "remember", {{"fact", "my sister's name is Ana"}}));
//   TRY(runner.run("memory", "answer", {{"question", "my sister's name"}}));   // "Your sister's name is Ana."
//
// What changes facts is sealed in the journal (Trace::kSealed): forgetting can be undone for ten minutes; the first
// action or start of Favilla after that erases the fact, its index, and what the journal said of it.
#pragma once

#include <string>
#include <string_view>

#include "tools/tool.h"

namespace favilla {

extern const Tool kMemoryTool;

// The fact as it is said to its owner: "your sister's name is Ana".
std::string told_to_owner(std::string_view fact);

// Whether a sentence without "that" tells a fact: it says what something is.
bool tells_fact(std::string_view text);

}  // namespace favilla
