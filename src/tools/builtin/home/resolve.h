// Which devices the owner's words mean.
//
//   const Target target = TRY(resolve(house, asked_of(arguments), {"light"}, context.area));
//   if (target.question) ask(*target.question); else use(target.entities);
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/builtin/home/house.h"

namespace favilla {

// The arguments that name something.
struct Asked {
  std::string id;    // an entity's; the rest is then not looked at
  std::string name;  // "desk lamp", "all the kitchen lights"
  std::string area;  // "kitchen", "here"
  std::string kind;  // "light", "blinds"
};

Asked asked_of(const Json& arguments);

struct Target {
  std::vector<const HomeEntity*> entities;  // of the house that was given; empty only with a question
  std::string words;                        // "Desk Lamp", "the lights in Kitchen"
  std::optional<Outcome::Question> question;
};

struct ResolveOptions {
  std::span<const std::string_view> domains;  // what the action is able to handle
  std::string_view area;                      // where the owner is; may be empty
  std::string_view kind_of_area = "";         // what "the kitchen" alone means: "lights"; empty: nothing
  bool whole_house = false;                   // "lights" means all of them also where no room is said
};

// Words that fit several devices equally well give a question, never a guess. kNotFound when they fit none.
Result<Target> resolve(const House& house, const Asked& asked, const ResolveOptions& options);

}  // namespace favilla
