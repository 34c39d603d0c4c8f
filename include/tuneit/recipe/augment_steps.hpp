#pragma once
// What augmentation is made of: the steps of Augment<...>. Each is torchvision's transform of that name (v2, on bytes),
// with its defaults. The pixels are changed in data/, by plain numbers: a StepView.
#include "tuneit/recipe/augment_steps/auto_augment.hpp"
#include "tuneit/recipe/augment_steps/colour.hpp"
#include "tuneit/recipe/augment_steps/crops.hpp"
#include "tuneit/recipe/augment_steps/erasing.hpp"
#include "tuneit/recipe/augment_steps/geometry.hpp"
#include "tuneit/recipe/augment_steps/step_list.hpp"
