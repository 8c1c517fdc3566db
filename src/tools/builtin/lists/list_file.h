// One list: a Markdown file whose lines "- [ ] milk" and "- [x] bread" are its items. Edits touch whole lines; every
// other byte of the file stays.
//
//   ListFile list("# Shopping\n\n- [ ] milk\n");
//   list.add("eggs");
//   list.text()  // "# Shopping\n\n- [ ] milk\n- [ ] eggs\n"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favilla {

struct ListItem {
  std::string text;
  bool done = false;
  size_t line_begin = 0;  // bytes of the line, with its line end
  size_t line_end = 0;
  size_t box = 0;  // byte between [ and ]; 0 for a plain "- milk"
};

class ListFile {
 public:
  explicit ListFile(std::string text);

  const std::string& text() const { return text_; }
  const std::vector<ListItem>& items() const { return items_; }

  // Behind the last item, with its indentation and bullet; at the end of a file without items.
  void add(std::string_view item);

  // `index` is of items(), which are counted anew afterwards.
  void remove(size_t index);
  void set_done(size_t index, bool done);

 private:
  void read_items();

  std::string text_;
  std::vector<ListItem> items_;
};

}  // namespace favilla
