// What target tuneit::program compiles beside a program of a recipe.
#include <tuneit/app/separate.hpp>
