#pragma once
// What augmentation is made of: the steps of Augment<...>. Each is torchvision's transform of that name (v2, on bytes),
// with its defaults. The pixels are changed in data/, by plain numbers: a StepView.
#include "tuneit/recipe/augment/steps/auto_augment.hpp"
#include "tuneit/recipe/augment/steps/colour.hpp"
#include "tuneit/recipe/augment/steps/crops.hpp"
#include "tuneit/recipe/augment/steps/erasing.hpp"
#include "tuneit/recipe/augment/steps/geometry.hpp"
#include "tuneit/recipe/augment/steps/step_list.hpp"
