// Structures as template arguments: a program reads what the compiler reads. (clang 19 lays some out wrongly: a double
// behind an int and before a bool comes out as 0.)
#include <catch2/catch.hpp>

#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

/// Reads through memory, as a call that takes a reference does.
template <class T>
T read(const T& value) {
  const volatile T* at = &value;
  return *at;
}
template <LowRankOptions O>
void check_low_rank() {
  CHECK(read(O.scale) == 1.5);
  CHECK(read(O.dropout) == 0.25);
  CHECK(read(O.rank) == 3);
  CHECK(read(O.gaussian));
}
template <NormOptions O>
void check_norm() {
  CHECK(read(O.eps) == 0.5);
  CHECK(read(O.momentum) == 0.75);
}
template <Window W>
void check_window() {
  CHECK(read(W.kernel.height) == 3);
  CHECK(read(W.kernel.width) == 5);
  CHECK(read(W.stride.width) == 2);
}
/// A structure that clang 19 reads wrongly as an argument, and rightly as a copy of it.
struct Late {
  int rank = 0;
  double scale = 0;
  bool on = false;
};
template <Late O>
struct Copied {
  static constexpr Late options = O;
};

}  // namespace

TEST_CASE("a program reads a structure that is a template argument as it was written") {
  check_low_rank<Lora<All, Rank<3>, Alpha<4.5>, LoraDropout<0.25>, GaussianInit>::options>();
  check_norm<NormOptions{0.5, 0.75}>();
  check_window<Window{{3, 5}, {1, 2}, {1, 2}}>();
}

TEST_CASE("a copy of a structure that is a template argument is read as it was written, whatever its order") {
  using C = Copied<Late{3, 1.5, true}>;
  CHECK(read(C::options.scale) == 1.5);
  CHECK(read(C::options.rank) == 3);
  CHECK(read(C::options.on));
}
