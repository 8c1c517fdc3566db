// Padding by code points and not bytes, so that names outside ASCII keep the columns straight.
#include "cli/table.h"

#include <algorithm>

#include "base/utf8.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

// Code points, which for names and licences are columns.
size_t width_of(std::string_view text) {
  const auto begins_code_point = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

std::string one_line(const std::string& cell) {
  std::string text = without_controls(to_valid_utf8(cell));
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

}  // namespace

std::string format_table(const std::vector<TableRow>& rows) {
  std::vector<TableRow> clean = rows;
  std::vector<size_t> widths;
  for (TableRow& row : clean) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column) {
      row[column] = one_line(row[column]);
      widths[column] = std::max(widths[column], width_of(row[column]));
    }
  }
  std::string text;
  for (const TableRow& row : clean) {
    for (size_t column = 0; column < row.size(); ++column) {
      text += row[column];
      if (column + 1 < row.size()) text.append(widths[column] + 2 - width_of(row[column]), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace favilla::cli
