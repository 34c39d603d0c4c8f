#pragma once
// All of tuneit: the recipe language and the engine on LibTorch.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include "tuneit/meta/macros_begin.hpp"
//
#include "tuneit/train.hpp"
//
#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/data/dataset/dataset.hpp"
#include "tuneit/engine/delta.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/report/confusion.hpp"
#include "tuneit/report/progress.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/peft.hpp"

#include "tuneit/meta/macros_end.hpp"
#endif  // C++20
