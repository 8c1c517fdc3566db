// Text that others wrote (a mail, a program's output), as a reply may show it.
//
//   shown_text("pay\x1b[2J \u202Eexe.doc", 1000)  // "pay[2J exe.doc"
#pragma once

#include <string>
#include <string_view>

namespace favilla {

// Valid UTF-8 of at most `limit_bytes` (cut between characters), new lines and tabs kept; every other control, format
// and private character is left out: what a terminal obeys, what turns the direction of writing, what has no width.
// Spaces and new lines at the end go.
std::string shown_text(std::string_view text, size_t limit_bytes);

// The same in one line: white space of any length becomes one space. A cut is marked with "...".
std::string shown_line(std::string_view text, size_t limit_bytes);

}  // namespace favilla
