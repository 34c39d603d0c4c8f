#pragma once
// All rules that change a network.
#include "tuneit/recipe/rewrites/adapter.hpp"
#include "tuneit/recipe/rewrites/dora.hpp"
#include "tuneit/recipe/rewrites/lora.hpp"
#include "tuneit/recipe/rewrites/tasks.hpp"
#include "tuneit/recipe/selectors/modules.hpp"
