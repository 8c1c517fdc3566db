#include "tools/builtin/mail/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/sha256.h"
#include "tools/wording.h"

namespace favilla {
namespace {

constexpr size_t kHash_digits = 24;
constexpr const char* kNoDomain = "favilla.invalid";

// Different for every mail: the time, the content and how many mails there are.
std::string hash_of(const ToolContext& context, const Mailbox& box, std::string_view what) {
  const std::string seed =
      fmt::format("{} {} {}", context.clock.now().time_since_epoch().count(), box.files.size(), what);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(seed.data(), seed.size())));
  return hash.hex().substr(0, kHash_digits);
}

}  // namespace

std::string mail_setting(const ToolContext& context, const char* key) {
  const auto table = context.settings.find("mail");
  if (table == context.settings.end() || !table->is_object()) return "";
  const auto found = table->find(key);
  return found != table->end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::optional<MailAddress>> own_address(const ToolContext& context) {
  const std::string from = mail_setting(context, "from");
  if (from.empty()) return std::optional<MailAddress>();
  const std::vector<MailAddress> addresses = read_addresses(from);
  if (addresses.size() == 1 && is_address(addresses.front().address)) return std::optional(addresses.front());
  return Error{ErrorKind::kInvalidArgument, fmt::format("config.toml: mail.from: \"{}\" is not one address", from)};
}

std::string unique_name(const ToolContext& context, const Mailbox& box, std::string_view what) {
  const auto now = std::chrono::floor<std::chrono::seconds>(context.clock.now()).time_since_epoch();
  return fmt::format("{}.{}.favilla", now.count(), hash_of(context, box, what));
}

Result<ComposedMail> compose_mail(const ToolContext& context, const Mailbox& box, NewMail mail) {
  mail.from = TRY(own_address(context));
  mail.date = context.clock.now();
  mail.offset = context.zone.offset_at(mail.date);
  const std::string domain = mail.from ? mail.from->address.substr(mail.from->address.find('@') + 1) : kNoDomain;
  mail.message_id = fmt::format("{}@{}", hash_of(context, box, mail.subject + "\n" + mail.text), domain);
  std::string bytes = write_message(mail);
  return ComposedMail{unique_name(context, box, bytes), std::move(bytes)};
}

std::string say_addresses(const std::vector<MailAddress>& addresses) {
  std::vector<std::string> all;
  for (const MailAddress& each : addresses) all.push_back(say_address(each));
  return say_list(all);
}

}  // namespace favilla
