#pragma once
// Recipes with a name, each a few lines of the language. Their numbers can be changed at run time; for another
// structure, copy the lines.
#include "tuneit/recipe/named/fastai.hpp"
#include "tuneit/recipe/named/keras.hpp"
#include "tuneit/recipe/named/lightning.hpp"
#include "tuneit/recipe/named/ulmfit.hpp"
