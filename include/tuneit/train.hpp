#pragma once
// What a recipe and its training loop need, and no more: no files of weights, no pictures, no tables of results. For
// programs of several translation units; tuneit.hpp is everything, and compiles half as long again.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include "tuneit/meta/macros_begin.hpp"
//
#include "tuneit/recipe.hpp"
//
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/behaviour/save_best.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/metric/evaluate.hpp"
#include "tuneit/engine/trainer.hpp"

#include "tuneit/meta/macros_end.hpp"
#endif  // C++20
