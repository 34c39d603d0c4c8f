// How layers are put together to operations.
#include <tuneit/net/inference_program.hpp>
#include <tuneit/net/program.hpp>
using namespace tuneit;

// how operations are put together: an activation joins the convolution, or moves behind the pool
using Conv = Conv2d<3, 4, Window{3, 1, 1}, true>;
using Max = MaxPool2d<Window{2, 2}>;
static_assert(std::is_same_v<program<Seq<Named<"0", Conv>, ReLU>>, List<op::ConvAct<Conv, ReLU>>>);
static_assert(std::is_same_v<program<Seq<Named<"0", Conv>, ReLU, Max>>, List<Conv, Max, ReLU>>);
static_assert(std::is_same_v<inference_program<Seq<Conv, ReLU, Max>>, List<op::ConvAct<Conv, ReLU>, Max>>);
static_assert(op_tensors<op::ConvAct<Conv, ReLU6>> == 2);
// a frozen or trained list has the same tensors in the same order
static_assert(op_tensors<program<Seq<Conv, ReLU, Max, Conv2d<4, 4, Window{1}>, ReLU>>> == 3);

// a depthwise convolution takes the batch norms on both of its sides, and for inference gives them up again
using Depthwise = Conv2d<4, 4, Window{3, 1, 1, 4}>;
using Norm4 = BatchNorm2d<4>;
using Between = op::Depthwise<Norm4, ReLU6, Depthwise, Norm4, ReLU>;
static_assert(std::is_same_v<program<Seq<Norm4, ReLU6, Depthwise, Norm4, ReLU>>, List<Between>>);
static_assert(
    std::is_same_v<program<Seq<Depthwise, Norm4>>, List<op::Depthwise<void, Identity, Depthwise, Norm4, Identity>>>);
static_assert(
    std::is_same_v<inference_program<Seq<Conv2d<3, 4, Window{1}>, Norm4, ReLU6, Depthwise, Norm4, ReLU>>,
                   List<op::ConvNorm<Conv2d<3, 4, Window{1}>, Norm4, ReLU6>, op::ConvNorm<Depthwise, Norm4, ReLU>>>);
static_assert(op_tensors<Between> == 11);
