#pragma once
// All losses that are here.
#include "tuneit/recipe/losses/binary_cross_entropy.hpp"
#include "tuneit/recipe/losses/cross_entropy.hpp"
#include "tuneit/recipe/losses/dice.hpp"
#include "tuneit/recipe/losses/focal.hpp"
#include "tuneit/recipe/losses/huber.hpp"
#include "tuneit/recipe/losses/mean_squared_error.hpp"
#include "tuneit/recipe/losses/pairs.hpp"
#include "tuneit/recipe/losses/several.hpp"
#include "tuneit/recipe/losses/span_loss.hpp"
