#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Count : PolicyTag {
  static constexpr Moments acts = OnStart | AfterStep;
  template <class C>
  void on_start(const C&) {}
  template <class C>
  void after_step(const C&) {}
};
using R = Finetune<ResNet18, Count>;
R recipe;
