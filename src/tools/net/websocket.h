// A short conversation over a WebSocket: what a server tells only there.
//
//   const Json commands[] = {{{"type", "config/area_registry/list"}}};
//   const auto answers = TRY(websocket_commands({"ws://hall:8123/api/websocket", token}, commands));
//   answers[0];  // the result of the first command
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

struct WebsocketServer {
  std::string url;  // ws or wss, with a path
  std::string token;
};

// Signs in as Home Assistant asks ({"type": "auth"}) and sends each command with its number. The results come in the
// order of the commands; one that the server refuses is null. kIo when it cannot be reached, kNetwork when it answers
// oddly or not within five seconds, kPermission when it does not accept the token.
Result<std::vector<Json>> websocket_commands(const WebsocketServer& server, std::span<const Json> commands);

}  // namespace favilla
