#include "recipes.hpp"

bool run_mobilenet(const Choices& o) { return choice::run_named<tuneit::MobileNetV2>(o, {"mobilenet-v2"}); }
