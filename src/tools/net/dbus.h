// Asking programs of this computer over D-Bus.
//
//   const Bus bus = TRY(Bus::open(BusKind::kSession));
//   const Json status = TRY(bus.property({"org.mpris.MediaPlayer2.vlc", "/org/mpris/MediaPlayer2",
//                                         "org.mpris.MediaPlayer2.Player"}, "PlaybackStatus"));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

enum class BusKind { kSession, kSystem };

struct BusObject {
  std::string service;
  std::string path;
  std::string interface;
};

// One connection; used by one thread. Every call waits at most two seconds.
class Bus {
 public:
  // kNotFound when there is no such bus, as in a session without a desktop.
  static Result<Bus> open(BusKind kind);

  Bus(Bus&&) noexcept;
  Bus& operator=(Bus&&) noexcept;
  ~Bus();

  // The well-known names on the bus that begin with `prefix`, sorted.
  Result<std::vector<std::string>> names(std::string_view prefix) const;

  // kNotFound when the service or the object is not there; kNetwork when it does not answer; kIo when it refuses.
  // Values of types that have no JSON are null.
  Result<Json> property(const BusObject& object, const std::string& name) const;

  // `type` is one letter of D-Bus: 'd' a double, 'b' a boolean, 's' a string.
  Result<void> set_property(const BusObject& object, const std::string& name, char type, const Json& value) const;

  // `types` has a letter for each argument: s, o, x (64 bits), u (32 bits, unsigned), b, d. What is answered is
  // ignored.
  Result<void> call(const BusObject& object, const std::string& method, std::string_view types = "",
                    const std::vector<Json>& arguments = {}) const;

 private:
  struct Connection;
  explicit Bus(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace favilla
