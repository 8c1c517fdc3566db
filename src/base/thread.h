// The one name under which other modules make threads of their own: joined on destruction, never detached.
#pragma once

#include <thread>

namespace favilla {

using Thread = std::jthread;

}  // namespace favilla
