// What a recipe says about pictures that cannot be read, and the number that can be changed at run time.
#include "../tiny.hpp"
using namespace tuneit;

using Default = Finetune<Tiny>;
using Strict = Finetune<Tiny, OnBadSample<Fail>>;
using Lenient = Finetune<Tiny, LrScale<Head, 10>, OnBadSample<Skip<12>>>;

static_assert(std::is_same_v<Default::bad_sample, Strict::bad_sample>, "the first bad picture ends the training");
static_assert(skipped_at_most<Default>(defaults<Default>()) == 0 && skipped_at_most<Strict>(defaults<Strict>()) == 0);
static_assert(hyperparameters<Strict>.size() == 0, "there is nothing to change");
static_assert(skipped_at_most<Lenient>(defaults<Lenient>()) == 12 && hyperparameters<Lenient>.size() == 2);
static_assert([] {
  Settings s = defaults<Lenient>();
  value_of<Lenient, OnBadSample<Skip<12>>>(s) = 0;
  return skipped_at_most<Lenient>(s) == 0;
}());
static_assert(hyperparameters<Lenient>[1].allows(0) && !hyperparameters<Lenient>[1].allows(-1) &&
              !hyperparameters<Lenient>[1].allows(1.5));
