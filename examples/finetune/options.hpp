#pragma once
// What a person asks of tuneit-finetune.
#include <cstdint>
#include <string>

#include "tuneit/data/augment.hpp"
#include "tuneit/recipe/settings.hpp"

struct Options {
  std::string model = "resnet18";
  std::string weights, strip_prefix;
  bool allow_cast = false;
  std::string data, out;
  bool scratch = false, dry_run = false, evaluate = false;
  std::string logits;           ///< CSV file to write, or empty
  std::string freeze = "none";  ///< none, backbone, or a number of blocks
  double head_lr_scale = -1;    ///< -1: 10, or 1 from scratch
  double test_fraction = 0.25;
  std::uint64_t split_seed = 0;
  std::string augment = "imagenet";  ///< imagenet, flips, none
  int threads = 0, workers = -1;
  double warmup_epochs = 0;
  tuneit::Settings settings{};
  bool momentum_given = false, decay_given = false, lr_given = false, side_given = false;
};

/// The transforms of the training pictures, and of those to be judged on.
tuneit::data::Augment train_augment(const Options&, int side);
tuneit::data::Augment test_augment(const Options&, int side);

// One translation unit for each family of models. False: the family has no model of this name.
bool run_resnet(const Options&);
bool run_efficientnet_lite(const Options&);
bool run_mobilenet(const Options&);
bool run_vgg(const Options&);
