#pragma once
// What a person asks of tuneit-finetune beside what every program that fine-tunes takes: the model, and the parts of
// the recipe that are left open.
#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"

struct Choices : tuneit::app::Options {
  std::string freeze = "none";  ///< none, backbone, or a number of blocks
  double head_lr_scale = -1;    ///< -1: 10, or 1 from scratch
  std::string schedule = "cosine";
  bool momentum_given = false, decay_given = false, lr_given = false;
};

// One translation unit for each family of models. False: the family has no model of this name.
bool run_resnet(const Choices&);
#ifdef TUNEIT_FEW_MODELS  // of pictures two ResNets: for the tests
inline bool run_efficientnet_lite(const Choices&) { return false; }
inline bool run_mobilenet(const Choices&) { return false; }
inline bool run_vgg(const Choices&) { return false; }
#else
bool run_efficientnet_lite(const Choices&);
bool run_mobilenet(const Choices&);
bool run_vgg(const Choices&);
#endif

/// Trains with the recipe that was chosen: compiled once for all families.
void run_chosen(const Choices&, const tuneit::app::RecipeInfo&);
