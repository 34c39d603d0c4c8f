// What is recomputed: the rows that it edits, the parts that run again, what memory and arithmetic become.
#include "../tiny.hpp"
using namespace tuneit;

// --- rows and effects
static_assert(effect<Recompute<Layer<"b">>, Tiny>[6].recomputed == Change::True &&
              effect<Recompute<Layer<"b">>, Tiny>[5] == RowEffect{} &&
              effect<Freeze<All>, Tiny>[0].recomputed == Change::None);
using Body = Finetune<Tiny, Recompute<Layer<"body">>>;
static_assert(plan<Body>.rows[6].recomputed && plan<Body>.rows[8].recomputed && !plan<Body>.rows[0].recomputed &&
              !plan<Body>.rows[9].recomputed);

// --- parts of a program: what stands before, between and behind residual sums and Repeats
template <class Layer>
using parts = detail::parts_of_program<program<Layer>>;
using Conv = Conv2d<4, 4, Window{1}>;
using Branch = Residual<Seq<Conv, BatchNorm2d<4>>, Identity>;
template <class... Ops>
using L = List<Ops...>;
using SumOp = op::Sum<L<Conv>, BatchNorm2d<4>, void, L<>, Identity>;
static_assert(std::is_same_v<parts<Seq<>>, L<>>);
static_assert(std::is_same_v<parts<Seq<Conv, Sigmoid>>, L<L<Conv, Sigmoid>>>);
static_assert(std::is_same_v<parts<Seq<Conv, Sigmoid, Branch, Repeat<0, 3, Conv>, Conv, Branch, Conv>>,
                             L<L<Conv, Sigmoid>, L<SumOp>, Repeat<0, 3, Conv>, L<Conv>, L<SumOp>, L<Conv>>>);

// --- programs with segments: Repeats are cut where marks differ, and numbers of turns stay
template <std::size_t... Rows>
struct Marked {
  static constexpr bool again(std::size_t begin, std::size_t count) {
    return ((Rows >= begin && Rows < begin + count) || ...);
  }
};
using Mixed = program<Seq<Conv, Sigmoid, Repeat<2, 4, Seq<Conv, ReLU>>, Conv>>;  // rows 0, 1 to 4, 5
using Turn = Seq<Conv, ReLU>;
static_assert(std::is_same_v<detail::segmented<Marked<>, 0, Mixed>, Mixed>);
static_assert(std::is_same_v<detail::segmented<Marked<0, 2, 3>, 0, Mixed>,
                             L<op::Segment<Conv, Sigmoid>, Repeat<2, 1, Turn>, Repeat<3, 2, detail::Again<Turn>>,
                               Repeat<5, 1, Turn>, Conv>>);
static_assert(std::is_same_v<detail::segmented<Marked<11, 12, 13, 14, 15>, 10, Mixed>,
                             L<Conv, Sigmoid, Repeat<2, 4, detail::Again<Turn>>, op::Segment<Conv>>>);
static_assert(std::is_same_v<program<detail::Again<Turn>>, L<op::Segment<op::ConvAct<Conv, ReLU>>>>);
static_assert(op_tensors<op::Segment<Conv, SumOp>> == 7 && tensor_count<detail::Again<Turn>> == 1);

// --- which parts: whole ones, and those alone that would keep more than their input
template <class R>
constexpr unsigned again(std::size_t phase = 0) {
  unsigned bits = 0;
  for (unsigned i = 0; i < table<typename R::model>.size && i < 32; ++i)
    bits |= unsigned{detail::recomputed_in<typename R::parts>[phase].at[i]} << i;
  return bits;
}
static_assert(again<Finetune<Tiny, Recompute<All>>>() == from_to(0, 9), "a stem and turns with activations; no head");
static_assert(again<Finetune<Tiny, Recompute<Layer<"n.bias">>>>() == from_to(0, 6), "the whole part");
static_assert(again<Finetune<Tiny, Recompute<Layer<"b.1">>>>() == from_to(7, 8), "one turn");
static_assert(again<Finetune<Tiny, Recompute<All>, Freeze<Layers<0, 1>>>>() == from_to(6, 9), "behind what is frozen");
static_assert(again<Finetune<Tiny, Recompute<All>, Freeze<Layer<"a", "n", "b.0">>>>() == from_to(7, 9));
using InSecond = Finetune<Tiny, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, Recompute<Layer<"b">>>>>;
static_assert(again<InSecond>(0) == 0 && again<InSecond>(1) == from_to(6, 9));
static_assert(!detail::recomputes<Finetune<Tiny>::parts> && detail::recomputes<InSecond::parts>);

// --- memory and arithmetic
template <class... Ps>
using Res = Finetune<ResNet50, ReplaceHead<2>, Ps...>;
static_assert(memory<Res<Recompute<All>>>(8, 128).activations * 3 < memory<Res<>>(8, 128).activations);
static_assert(memory<Res<Recompute<All>>>(8, 128) < memory<Res<Recompute<Layers<1, 3>>>>(8, 128));
static_assert(memory<Res<Recompute<Layers<1, 3>>>>(8, 128) < memory<Res<>>(8, 128));
static_assert(memory<Res<Recompute<Layer<"layer1.1">>>>(8, 128).activations < memory<Res<>>(8, 128).activations);
// a ResNet's head is one layer behind a mean: it does not run again
static_assert(training_macs<Res<Recompute<All>>>(224) ==
              training_macs<Res<>>(224) + forward_macs<Res<>>(224) - 2048 * 2);
static_assert(training_macs<Res<Recompute<All>, Freeze<Layers<0, 4>>>>(224) >
                  training_macs<Res<Freeze<Layers<0, 4>>>>(224) &&
              training_macs<Res<Recompute<All>, Freeze<Layers<0, 4>>>>(224) <
                  training_macs<Res<Freeze<Layers<0, 4>>>>(224) + forward_macs<Res<>>(224) / 3);
static_assert(memory<Finetune<EfficientNetLite4, ReplaceHead<2>, Recompute<All>>>(8, 224).activations * 4 <
              memory<Finetune<EfficientNetLite4, ReplaceHead<2>>>(8, 224).activations);
static_assert(memory<Finetune<ResNet152, ReplaceHead<2>, Recompute<All>>>(8, 224).activations * 3 <
              memory<Finetune<ResNet152, ReplaceHead<2>>>(8, 224).activations);
