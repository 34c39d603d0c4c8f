#pragma once
// All optimizers that ship. Each is one file here, what it is, and one in engine/update/, its formula.
#include "tuneit/recipe/optimizers/adafactor.hpp"
#include "tuneit/recipe/optimizers/adagrad.hpp"
#include "tuneit/recipe/optimizers/adam.hpp"
#include "tuneit/recipe/optimizers/lamb.hpp"
#include "tuneit/recipe/optimizers/lion.hpp"
#include "tuneit/recipe/optimizers/rms_prop.hpp"
#include "tuneit/recipe/optimizers/sgd.hpp"
