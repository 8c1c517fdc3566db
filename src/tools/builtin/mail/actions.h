// The functions behind the actions of `mail`.
#pragma once

#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_mail_search(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_unread(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_read(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_thread(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_folders(const ToolContext& context, const Json& arguments);

Result<Outcome> plan_mail_draft(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_reply(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_drafts(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_send(const ToolContext& context, const Json& arguments);
Result<Json> perform_mail_send(const ToolContext& context, const Json& request);

Result<Outcome> plan_mail_mark_read(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_mark_unread(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_move(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_mail_trash(const ToolContext& context, const Json& arguments);

}  // namespace favilla
