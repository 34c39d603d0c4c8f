#pragma once
// How the learning rate moves: all schedules.
#include "tuneit/recipe/schedules/cosine.hpp"
#include "tuneit/recipe/schedules/cycle.hpp"
#include "tuneit/recipe/schedules/plateau.hpp"
#include "tuneit/recipe/schedules/ramps.hpp"
#include "tuneit/recipe/schedules/stairs.hpp"
#include "tuneit/recipe/schedules/then.hpp"
#include "tuneit/recipe/schedules/wrappers.hpp"

namespace tuneit {

/// The schedules that a program can choose at run time (chosen.hpp).
enum class ScheduleKind { Constant, Step, Cosine };

}  // namespace tuneit
