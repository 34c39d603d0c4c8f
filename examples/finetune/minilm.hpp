#pragma once
#include "tuneit/app/text/text_trainer.hpp"

/// The recipe for all tasks, or that of low-rank adaptation: compiled with LibTorch, apart from the rest.
tuneit::app::TextRecipe minilm_recipe(bool lora);
