// One network in one number type: compiled once for each, with -DTUNEIT_NETWORK=ResNet50 -DTUNEIT_NUMBERS=BF16.
#include "bench/gpu/contender.hpp"
#include "tuneit/models/efficientnet_lite.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/tiny.hpp"

#define TUNEIT_TEXT(x) TUNEIT_TEXT_OF(x)
#define TUNEIT_TEXT_OF(x) #x

namespace {

using R = bench::gpu::Recipe<tuneit::TUNEIT_NETWORK, tuneit::TUNEIT_NUMBERS>;
const bool there = [] {
  bench::gpu::cases().push_back(
      {TUNEIT_TEXT(TUNEIT_NETWORK), TUNEIT_TEXT(TUNEIT_NUMBERS), &bench::gpu::prepare<R>, &bench::gpu::compare<R>});
  return true;
}();

}  // namespace
