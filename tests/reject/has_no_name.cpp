// build error: compilers do not spell this one alike
// first error: HasNoName.*PerModel<tuneit::ResNet18>::Slow
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
template <class>
struct PerModel {
  struct Slow : LrScale<Head, 0.1> {};
};
struct Slow : LrScale<Head, 0.1> {};
constexpr std::uint64_t id = fingerprint<Finetune<ResNet18, PerModel<ResNet18>::Slow>>;
