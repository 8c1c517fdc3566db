// The table of `system`.
#include "tools/builtin/system/system.h"

#include <array>

#include "tools/builtin/system/actions.h"

namespace favilla {

extern const char kSystemSentences[];

namespace {

constexpr Declared kOrders = commands(kOwnRecords, Sends::kDesktop);

constexpr const char* kNothing = R"({"type": "object", "properties": {}, "required": [],
    "additionalProperties": false})";

constexpr const char* kLevel = R"({"type": "object", "properties": {
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "step": {"type": "string", "enum": ["up", "down"]}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kVolume = R"({"type": "object", "properties": {
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "step": {"type": "string", "enum": ["up", "down"]},
    "muted": {"type": "boolean"}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kProcesses = R"({"type": "object", "properties": {
    "by": {"type": "string", "enum": ["memory", "cpu"]},
    "match": {"type": "string", "maxLength": 100, "description": "part of a program's name; absent: all"}
  }, "required": [], "additionalProperties": false})";

constexpr std::array<Action, 12> kActions{{
    {"battery", "Tell the charge of the battery.", Effect::kPure, reads(kOwnRecords), kNothing, plan_system_battery,
     nullptr},
    {"network", "Tell whether a network is connected.", Effect::kPure, reads(kOwnRecords), kNothing,
     plan_system_network, nullptr},
    {"disk", "Tell how much room is left on the disk.", Effect::kPure, reads(kOwnRecords), kNothing, plan_system_disk,
     nullptr},
    {"memory", "Tell how much memory is available.", Effect::kPure, reads(kOwnRecords), kNothing, plan_system_memory,
     nullptr},
    {"uptime", "Tell how long the computer has been on.", Effect::kPure, reads(kOwnRecords), kNothing,
     plan_system_uptime, nullptr},
    {"processes", "List the largest or busiest programs, or tell whether one runs.", Effect::kPure, reads(kOwnRecords),
     kProcesses, plan_system_processes, nullptr},
    {"volume", "Tell the volume.", Effect::kPure, reads(kOwnRecords), kNothing, plan_system_volume, nullptr},
    {"set_volume", "Set the volume, or mute it.", Effect::kIdempotent, kOrders, kVolume, plan_system_set_volume,
     perform_system},
    {"brightness", "Tell the brightness of the screen.", Effect::kPure, reads(kOwnRecords), kNothing,
     plan_system_brightness, nullptr},
    {"set_brightness", "Set the brightness of the screen.", Effect::kIdempotent, kOrders, kLevel,
     plan_system_set_brightness, perform_system},
    {"screenshot", "Save a picture of the screen.", Effect::kAtMostOnce, kOrders, kNothing, plan_system_screenshot,
     perform_system},
    {"lock_screen", "Lock the screen.", Effect::kIdempotent, kOrders, kNothing, plan_system_lock_screen,
     perform_system},
}};

}  // namespace

const Tool kSystemTool{"system", "This computer: battery, volume, brightness, network, disk, programs.", kActions,
                       kSystemSentences};

}  // namespace favilla
