#include "recipes.hpp"

bool run_mobilenet(const Options& o) { return program::run_named<tuneit::MobileNetV2>(o, {"mobilenet-v2"}); }
