// The shapes of a network as data say what its description says.
#include <tuneit/recipe.hpp>
#include <tuneit/recipe/queries/lone_values.hpp>
using namespace tuneit;

namespace {

template <class Model>
constexpr bool agrees(Shape picture) {
  detail::Ignore ignore;
  const Shape traced = detail::trace_blocks<typename Model::input>(typename Model::blocks{}, picture, ignore);
  detail::ShapeRun run;
  detail::WireShapes wires;
  if constexpr (detail::has_wires<Model>) {
    detail::put_inputs<typename Model::input>(wires, picture.height());
    run.wires = &wires;
  }
  return detail::run_blocks<Model>(run, 0, picture) == traced && takes<Model>(picture) == traced.fits;
}
template <class Model>
constexpr bool agrees_everywhere() {
  for (const int side : {1, 2, 7, 31, 32, 33, 64, 224})
    if (!agrees<Model>({3, side, side}) || !agrees<Model>({3, side, 2 * side}) || !agrees<Model>({1, side, side}))
      return false;
  return true;
}
static_assert(agrees_everywhere<ResNet18>());
static_assert(agrees_everywhere<ResNet50>());
static_assert(agrees_everywhere<EfficientNetLite0>());
static_assert(agrees_everywhere<Vgg11>());
static_assert(takes<ResNet18>({3, 224, 224}) && !takes<ResNet18>({1, 224, 224}));
static_assert(!takes<Vgg11>({3, 1, 1}) && takes<Vgg11>({3, 224, 224}));

// What a turn saves is its own: each of these reads what it saved itself, of its own size.
struct Halve {
  using layers = Seq<Save<"in">, Conv2d<3, 3, Window{3, 2, 1}>, Upsample<2>, Merge<Add, "in">, MaxPool2d<Window{2, 2}>>;
};
struct Turns : Network<Input<3, 16>, Block<"body", Named<"turns", Repeat<0, 3, Halve>>>,
                       Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 2>>>> {};
static_assert(agrees<Turns>({3, 16, 16}) && takes<Turns>({3, 16, 16}));
static_assert(agrees<Turns>({3, 12, 12}) && !takes<Turns>({3, 12, 12}));

// Features go on behind any block.
static_assert(takes_from<ResNet18>(ResNet18::block_count - 1, Shape(512, 7, 7)));
static_assert(!takes_from<ResNet18>(ResNet18::block_count - 1, Shape(256, 7, 7)));

// Batch norms are looked at by their rows of the plan, from any block on.
using AllTrain = Finetune<ResNet18, ReplaceHead<2>>;
using HeadTrains = Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>>;
static_assert(lone_values<AllTrain>(0, Shape(3, 32, 32)) && !lone_values<AllTrain>(0, Shape(3, 64, 64)));
static_assert(!lone_values<HeadTrains>(0, Shape(3, 32, 32)));
static_assert(lone_values<AllTrain>(0, Shape(256, 2, 2), 4) && !lone_values<AllTrain>(0, Shape(256, 4, 4), 4));

}  // namespace
