#include <tuneit/recipe.hpp>
using namespace tuneit;
template <class>
struct PerModel {
  struct Slow : LrScale<Head, 0.1> {};
};
struct Slow : LrScale<Head, 0.1> {};
constexpr std::uint64_t id = fingerprint<Finetune<ResNet18, Slow>>;
