// Forms of a new head: names and shapes as a torch.nn.Sequential has them, and what is fresh.
#include "../tiny.hpp"

using namespace tuneit;

template <class R>
constexpr std::string_view name(std::size_t row) {
  return table<typename R::model>.name(row);
}
template <class R>
constexpr int dim(std::size_t row, int d) {
  return table<typename R::model>.rows[row].dims[d];
}

using Plain = Finetune<Tiny, ReplaceHead<3>>;
static_assert(table<Plain::model>.size == 11 && name<Plain>(9) == "fc.weight" && dim<Plain>(9, 0) == 3);

using Wide = Finetune<Tiny, ReplaceHead<3, Dropout<0.2>, Hidden<8>, HeadNorm, Dropout<0.5>, XavierUniform>>;
static_assert(table<Wide::model>.size == 18);
static_assert(name<Wide>(9) == "fc.1.weight" && dim<Wide>(9, 0) == 8 && dim<Wide>(9, 1) == 4);
static_assert(name<Wide>(11) == "fc.3.weight" && table<Wide::model>.rows[11].owner == Owner::Norm);
static_assert(name<Wide>(16) == "fc.5.weight" && dim<Wide>(16, 0) == 3 && dim<Wide>(16, 1) == 8);
static_assert(plan<Wide>.rows[9].starts_from == Origin::Fresh && plan<Wide>.rows[17].starts_from == Origin::Fresh);
static_assert(plan<Wide>.rows[8].starts_from == Origin::Pretrained);
static_assert(std::is_same_v<Wide::head::initialiser, XavierUniform>);
static_assert(shape<Wide::model>() == Shape(3));

using Both = Finetune<Tiny, ReplaceHead<3, ConcatPool, NoBias>>;
static_assert(table<Both::model>.size == 10 && dim<Both>(9, 1) == 8 && shape<Both::model>().fits);

// only the last linear layer changes
struct Hiddens final : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{1}>>>,
                               Block<"head", GlobalAvgPool,
                                     Named<"classifier", Named<"0", Linear<4, 6>>, ReLU, Named<"3", Linear<6, 10>>>>> {
};
using Last = Finetune<Hiddens, ReplaceHead<2>>;
static_assert(dim<Last>(1, 0) == 6 && dim<Last>(3, 0) == 2 && name<Last>(3) == "classifier.3.weight");
static_assert(plan<Last>.rows[1].starts_from == Origin::Pretrained && plan<Last>.rows[3].starts_from == Origin::Fresh);

// where tensors start
using Anew = Finetune<Tiny, ReplaceHead<3>, Reinitialise<Layer<"body">>>;
static_assert(plan<Anew>.rows[6].starts_from == Origin::Fresh && plan<Anew>.rows[0].starts_from == Origin::Pretrained);
using Scratch = Finetune<Tiny, FromScratch>;
static_assert(plan<Scratch>.rows[0].starts_from == Origin::Fresh);

// rows of the old classifier
using Rows = Finetune<Tiny, ReplaceHead<2, Zeros>, ReuseRows<Row<0, 7>>>;
static_assert(Rows::rows::count == 1 && Rows::rows::to[0] == 0 && Rows::rows::from[0] == 7);
static_assert(std::is_same_v<verdict<Finetune<Tiny, ReplaceHead<2>, ReuseRows<Row<0, 10>>>>,
                             NoSuchRow<ReuseRows<Row<0, 10>>, Row<0, 10>, 2, 10>>);
