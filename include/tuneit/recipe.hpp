#pragma once
// The torch-free half of tuneit: describe networks, compose recipes, ask them questions.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include "tuneit/meta/macros_begin.hpp"
// The reasons first, so that a refusal is reported two includes deep, not ten
#include "tuneit/verdict/reasons.hpp"

#include "tuneit/models/efficientnet_lite.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/tiny.hpp"
#include "tuneit/models/vgg.hpp"
#include "tuneit/net/cost.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/net/print.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/algebra/compare.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/algebra/sweep.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/judges/inputs.hpp"
#include "tuneit/recipe/named.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"
#include "tuneit/recipe/policies/chosen.hpp"
#include "tuneit/recipe/queries/explain.hpp"
#include "tuneit/recipe/queries/features.hpp"
#include "tuneit/recipe/queries/queries.hpp"
#include "tuneit/recipe/queries/tabulate.hpp"
#include "tuneit/version.hpp"

#include "tuneit/meta/macros_end.hpp"
#endif  // C++20
