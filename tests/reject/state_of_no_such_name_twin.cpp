#include <tuneit/recipe/optimizers/state_name.hpp>
using namespace tuneit;
template <class... O>
struct Own : Optimizer<Own<O...>, Defaults<Lr<1e-3>>, O...> {
  static constexpr std::array states{"momentum"};
};
std::size_t place(StateName<Own<>> name) { return name.at; }
std::size_t moved() { return place("momentum"); }
