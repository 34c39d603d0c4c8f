#pragma once
// The formulas of all optimizers that ship.
#include "tuneit/engine/update/adafactor.hpp"
#include "tuneit/engine/update/adagrad.hpp"
#include "tuneit/engine/update/adam.hpp"
#include "tuneit/engine/update/lamb.hpp"
#include "tuneit/engine/update/lion.hpp"
#include "tuneit/engine/update/rms_prop.hpp"
#include "tuneit/engine/update/sgd.hpp"
