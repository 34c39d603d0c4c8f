#pragma once
// What a program of a recipe does, compiled apart from it. In every translation unit that includes app/main.hpp define
// TUNEIT_SEPARATE_PROGRAM, and include this file in one more that is linked with them; target tuneit::program of CMake
// does both.
#include "tuneit/app/program.hpp"

namespace tuneit::app {

int separate_program(int argc, char** argv, const RecipeInfo& kind);
int separate_program(int argc, char** argv, const RecipeInfo& kind) { return program(argc, argv, kind); }

}  // namespace tuneit::app
