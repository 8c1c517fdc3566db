// See terminal_input.h. libedit asks us for each character, so one poll(2) waits for the keyboard and for signals
// alike.
#include "cli/terminal_input.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <deque>

#include "base/file.h"
#include "base/utf8.h"

namespace favilla::cli {
namespace {

// Bracketed paste: asked to, a terminal encloses what is pasted, so that it can be told from typing.
constexpr const char* kBracketsOn = "\033[?2004h";
constexpr const char* kBracketsOff = "\033[?2004l";
constexpr std::string_view kPasteBegins = "\033[200~";
constexpr std::string_view kPasteEnds = "\033[201~";

constexpr size_t kHistoryFileLimitBytes = size_t{4} << 20;

void close_history(History* history) {
  ::history_end(history);
}
void close_editor(EditLine* editor) {
  ::el_end(editor);
}

// The last `limit` non-empty lines of `text`.
std::deque<std::string> last_lines(std::string_view text, size_t limit) {
  std::deque<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    if (lines.size() > limit) lines.pop_front();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Creates the file when absent. O_APPEND keeps the lines of two chats at once apart.
Result<void> append(const std::filesystem::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return errno_error("cannot write", file, errno);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int errno_value = errno;
  ::close(fd);
  if (!written) return errno_error("cannot write", file, errno_value);
  return {};
}

}  // namespace

// Owns libedit's two objects. They keep a pointer to us, so an Impl stays where it is made.
class LineEditor::Impl {
 public:
  explicit Impl(SignalWatch& signals)
      : signals_(signals),
        history_(::history_init(), close_history),
        editor_(::el_init("favilla", stdin, stdout, stderr), close_editor) {
    HistEvent event;
    ::history(history_.get(), &event, H_SETSIZE, kHistoryLines);
    ::history(history_.get(), &event, H_SETUNIQUE, 1);  // the same line twice in a row is one entry
    ::el_set(editor_.get(), EL_CLIENTDATA, this);
    ::el_set(editor_.get(), EL_HIST, ::history, history_.get());
    ::el_set(editor_.get(), EL_EDITOR, "emacs");
    // The shell's search key, which libedit leaves unbound.
    ::el_set(editor_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
    ::el_set(editor_.get(), EL_PROMPT_ESC, &Impl::prompt_of, '\1');
    ::el_set(editor_.get(), EL_GETCFN, &Impl::next_character);
    const char* terminal = nullptr;
    ::el_get(editor_.get(), EL_TERMINAL, &terminal);
    knows_brackets_ = terminal != nullptr && std::string_view(terminal) != "dumb";
  }

  Line read(std::string_view prompt, const OnEdit& on_edit) {
    on_edit_ = &on_edit;
    ::el_resize(editor_.get());  // the window may have changed while nobody was asked for a line
    prompt_ = prompt;
    failure_ = LineEnd::kEndOfInput;  // what a null line means unless read_byte() knows better
    goes_on_ = false;
    int count = 0;
    if (knows_brackets_) std::fputs(kBracketsOn, stdout);
    const char* text = ::el_gets(editor_.get(), &count);
    if (knows_brackets_) std::fputs(kBracketsOff, stdout);
    std::fflush(stdout);
    if (text == nullptr || count <= 0) {
      // The terminal may have thrown away the rest of a pasted text, and its end with it.
      is_pasted_ = false;
      ahead_.clear();
      // libedit leaves the cursor behind the unfinished line.
      std::fputs("\n", stdout);
      std::fflush(stdout);
      return {.end = failure_, .text = std::move(interrupted_text_)};
    }
    std::string line = to_valid_utf8(std::string_view(text, static_cast<size_t>(count)));
    if (line.ends_with('\n')) line.pop_back();
    return {.end = LineEnd::kLine, .text = std::move(line), .goes_on = goes_on_};
  }

  Result<void> keep_history(const std::filesystem::path& file) {
    TRY(make_private_folder(file.parent_path()));
    TRY(append(file, ""));  // finds out now whether it can be written
    const std::string text = TRY(read_file(file, kHistoryFileLimitBytes));
    const std::deque<std::string> lines = last_lines(text, kHistoryLines);
    for (const std::string& line : lines) enter(to_valid_utf8(line));
    // Once the file is twice as long as what is read of it, the old half goes.
    if (std::count(text.begin(), text.end(), '\n') > 2 * kHistoryLines) {
      std::string kept;
      for (const std::string& line : lines) kept += line + "\n";
      TRY(write_file_atomically(file, kept));
    }
    history_file_ = file;
    return {};
  }

  void remember(std::string_view text) {
    const std::string line(text);
    enter(line);
    // A disk that has become full meanwhile costs one line of history and is no reason to disturb a chat.
    if (!history_file_.empty()) static_cast<void>(append(history_file_, line + "\n"));
  }

 private:
  // libedit's callbacks are plain functions; the way back to the object is its client data.
  static Impl& self(EditLine* editor) {
    void* pointer = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &pointer);
    return *static_cast<Impl*>(pointer);
  }

  static char* prompt_of(EditLine* editor) { return self(editor).prompt_.data(); }

  // libedit's contract: 1 and a character, 0 at the end of input, -1 on an error, which ends el_gets.
  static int next_character(EditLine* editor, wchar_t* character) { return self(editor).read_character(character); }

  int read_character(wchar_t* character) {
    std::string bytes;
    while (true) {
      char byte = 0;
      const int got = read_unbracketed(&byte);
      if (got <= 0) return got;
      bytes += byte;
      const CodePoint point = decode_utf8(bytes);
      // An unfinished sequence is invalid until its last byte has come; more than four bytes it never has.
      const bool unfinished = !point.valid && is_lead_of_more(bytes);
      if (unfinished) continue;
      *character = static_cast<wchar_t>(point.valid ? point.value : 0xFFFD);
      return 1;
    }
  }

  // Whether more bytes must come before `bytes` is one character, by its first byte (RFC 3629).
  static bool is_lead_of_more(std::string_view bytes) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    const size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    return lead < 0xF8 && bytes.size() < wanted;
  }

  // read_byte() without the brackets around pasted text. Inside them a line break ends a line that goes on, and no
  // other control character means a command: a text from elsewhere must not press keys.
  int read_unbracketed(char* byte) {
    while (true) {
      if (ahead_.empty()) {
        const int got = read_byte(byte);
        if (got <= 0) return got;
        ahead_ = *byte;
      }
      if (ahead_.front() == kPasteBegins.front()) {
        read_bracket();
        if (ahead_ == kPasteBegins || ahead_ == kPasteEnds) {
          is_pasted_ = ahead_ == kPasteBegins;
          ahead_.clear();
          continue;
        }
      }
      *byte = ahead_.front();
      ahead_.erase(0, 1);
      if (!is_pasted_) return 1;
      goes_on_ = *byte == '\r' || *byte == '\n';
      const bool is_control = static_cast<unsigned char>(*byte) < ' ' || *byte == '\x7F';
      if (is_control) *byte = goes_on_ ? '\n' : ' ';
      return 1;
    }
  }

  // Lengthens ahead_ while it may become a bracket and bytes are there. A lone Escape key waits for nobody.
  void read_bracket() {
    while (ahead_.size() < kPasteBegins.size() &&
           (kPasteBegins.starts_with(ahead_) || kPasteEnds.starts_with(ahead_))) {
      pollfd keyboard{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      char byte = 0;
      if (::poll(&keyboard, 1, 0) <= 0 || ::read(STDIN_FILENO, &byte, 1) <= 0) return;
      ahead_ += byte;
    }
  }

  // Waits for the keyboard or a signal, whichever comes first. The contract is next_character's.
  int read_byte(char* byte) {
    std::array<pollfd, 2> watched{{{.fd = signals_.wake_fd(), .events = POLLIN, .revents = 0},
                                   {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}}};
    if (::poll(watched.data(), watched.size(), 0) == 0) (*on_edit_)(current_line());
    while (::poll(watched.data(), watched.size(), -1) < 0) {
      if (errno != EINTR) return -1;
    }
    if (watched[0].revents != 0) {
      failure_ = signals_.termination() != 0 ? LineEnd::kTerminated : LineEnd::kInterrupted;
      interrupted_text_ = current_line();
      return -1;
    }
    return static_cast<int>(::read(STDIN_FILENO, byte, 1));
  }

  std::string_view current_line() const {
    const LineInfo* line = ::el_line(editor_.get());
    return {line->buffer, line->lastchar};
  }

  void enter(const std::string& line) {
    HistEvent event;
    ::history(history_.get(), &event, H_ENTER, line.c_str());
  }

  SignalWatch& signals_;
  std::unique_ptr<History, void (*)(History*)> history_;
  std::unique_ptr<EditLine, void (*)(EditLine*)> editor_;
  std::filesystem::path history_file_;
  bool knows_brackets_ = false;
  std::string ahead_;                // read, and not yet handed to libedit
  bool is_pasted_ = false;           // between brackets
  bool goes_on_ = false;             // the line being read ended between brackets
  const OnEdit* on_edit_ = nullptr;  // of the read() that is going on
  std::string prompt_;
  std::string interrupted_text_;
  LineEnd failure_ = LineEnd::kEndOfInput;  // why el_gets gave no line
};

LineEditor::LineEditor(SignalWatch& signals) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  impl_ = std::make_unique<Impl>(signals);
}

LineEditor::~LineEditor() = default;

Result<void> LineEditor::keep_history(const std::filesystem::path& file) {
  return impl_->keep_history(file);
}
Line LineEditor::read(std::string_view prompt, const OnEdit& on_edit) {
  return impl_->read(prompt, on_edit);
}
void LineEditor::remember(std::string_view text) {
  impl_->remember(text);
}

}  // namespace favilla::cli
