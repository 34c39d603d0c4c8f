// Refusals: new heads.
#include "../verdicts.hpp"
using namespace tuneit;

struct NoLinear final : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                                Block<"head", Named<"c", Conv2d<4, 10, Window{1}>>, GlobalAvgPool>> {};
struct PoolsEarlier final
    : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU, GlobalAvgPool>,
              Block<"head", Named<"fc", Linear<4, 10>>>> {};

// NoLinearHead
static_assert(is<NoLinearHead<NoLinear, ReplaceHead<2>>, Finetune<NoLinear, ReplaceHead<2>>>);
static_assert(is<Accepted, Finetune<NoLinear>>);

// NoPoolingToConcatenate
static_assert(is<NoPoolingToConcatenate<PoolsEarlier, ReplaceHead<2, ConcatPool>>,
                 Finetune<PoolsEarlier, ReplaceHead<2, ConcatPool>>>);
static_assert(is<Accepted, Finetune<PoolsEarlier, ReplaceHead<2>>> && tiny_is<Accepted, ReplaceHead<2, ConcatPool>>);

// KeepsOldHead
static_assert(tiny_is<KeepsOldHead<ReuseRows<Row<0, 1>>>, ReuseRows<Row<0, 1>>>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, ReuseRows<Row<0, 1>>>);

// NoSuchRow: the new head has 2 classes, the old one 10
template <int New, int Old>
inline constexpr bool no_row =
    tiny_is<NoSuchRow<ReuseRows<Row<New, Old>>, Row<New, Old>, 2, 10>, ReplaceHead<2>, ReuseRows<Row<New, Old>>>;
static_assert(no_row<2, 1> && no_row<-1, 1> && no_row<0, 10> && no_row<0, -1>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, ReuseRows<Row<1, 9>, Row<0, 9>>>);
static_assert(tiny_is<Accepted, ReplaceHead<Dynamic>, ReuseRows<Row<7, 9>>>, "known when training starts");
static_assert(
    tiny_is<NoSuchRow<ReuseRows<Row<7, 10>>, Row<7, 10>, Dynamic, 10>, ReplaceHead<Dynamic>, ReuseRows<Row<7, 10>>>);

// RowTwice
static_assert(tiny_is<RowTwice<ReuseRows<Row<1, 1>, Row<1, 2>>, 1>, ReplaceHead<2>, ReuseRows<Row<1, 1>, Row<1, 2>>>);
static_assert(tiny_is<RowTwice<ReuseRows<Row<0, 1>, Row<1, 2>, Row<0, 1>>, 0>, ReplaceHead<2>,
                      ReuseRows<Row<0, 1>, Row<1, 2>, Row<0, 1>>>);

// RowsDoNotFit
static_assert(tiny_is<RowsDoNotFit<Tiny, ReuseRows<Row<0, 1>>>, ReplaceHead<2, Hidden<8>>, ReuseRows<Row<0, 1>>>);
static_assert(tiny_is<RowsDoNotFit<Tiny, ReuseRows<Row<0, 1>>>, ReplaceHead<2, ConcatPool>, ReuseRows<Row<0, 1>>>);
static_assert(tiny_is<Accepted, ReplaceHead<2, Dropout<0.5>>, ReuseRows<Row<0, 1>>>);

// NotANewHead: in a recipe with a name
static_assert(is<NotANewHead<Epochs<20>>, KerasTransfer<Tiny, Epochs<20>, Epochs<10>>>);
