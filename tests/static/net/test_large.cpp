// Networks larger than ours: nothing has a size that somebody thought would do.
#include <tuneit/recipe.hpp>

using namespace tuneit;

// --- as many operations as there are, each with a way back, and turns of four digits
struct Turn {
  using layers = Seq<Named<"c", Conv2d<2, 2, Window{1}>>, ReLU>;
};
struct Deep final : Network<Input<3, 4>, Block<"stem", Named<"a", Conv2d<3, 2, Window{1}>>, ReLU>,
                            Block<"body", Named<"b", Repeat<0, 1002, Turn>>>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<2, 3>>>> {};
static_assert(table<Deep>.size == 1005 && table<Deep>.name(1) == "b.0.c.weight" &&
              table<Deep>.name(1002) == "b.1001.c.weight" && table<Deep>.name(1004) == "fc.bias");
constexpr Memory deep = memory<Finetune<Deep, Sgd<>>>(1, 4);
static_assert(deep.activations > 1002 * 2 * 4 * 4 * 4);

// --- names as long as they are
struct Long {
  using layers = Seq<Named<"a_name_that_says_what_it_is_and_where_it_came_from_and_when",
                           Named<"and_another_within_it_that_says_who_trained_it_on_which_pictures",
                                 Named<"and_a_third_for_those_who_like_to_know_all_of_it", Conv2d<3, 2, Window{1}>>>>>;
};
struct Wordy final
    : Network<Input<3, 4>, Block<"stem", Long>, Block<"head", GlobalAvgPool, Named<"fc", Linear<2, 3>>>> {};
static_assert(table<Wordy>.name(0) ==
              "a_name_that_says_what_it_is_and_where_it_came_from_and_when."
              "and_another_within_it_that_says_who_trained_it_on_which_pictures."
              "and_a_third_for_those_who_like_to_know_all_of_it.weight");
