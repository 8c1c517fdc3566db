// Columns of text, aligned for a terminal or a pager.
#pragma once

#include <string>
#include <vector>

namespace favilla::cli {

using TableRow = std::vector<std::string>;

// Every column as wide as its widest cell (in code points), two spaces between; the last column is not padded. Control
// characters in cells are replaced, because names and licences may come from foreign files.
std::string format_table(const std::vector<TableRow>& rows);

}  // namespace favilla::cli
