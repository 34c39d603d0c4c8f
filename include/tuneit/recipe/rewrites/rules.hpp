#pragma once
// All rules that change a network.
#include "tuneit/recipe/rewrites/lora.hpp"
#include "tuneit/recipe/selectors/modules.hpp"
