// Tensors of files become LibTorch's and back without a bit lost.
#include "tuneit/weights/tensors.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "tuneit/weights/finite.hpp"

using namespace tuneit::weights;
using tuneit::io::DType;
using tuneit::io::NamedTensor;

TEST_CASE("every element type goes there and back", "[weights]") {
  for (int i = 0; i <= static_cast<int>(DType::F64); ++i) {
    const auto dtype = static_cast<DType>(i);
    INFO(name_of(dtype));
    CHECK(dtype_of(scalar_type(dtype)) == dtype);
    CHECK(c10::elementSize(scalar_type(dtype)) == size_of(dtype));
    NamedTensor source{"t", dtype, {2, 3}, std::vector<std::byte>(6 * size_of(dtype))};
    for (std::size_t b = 0; b < source.bytes.size(); ++b)
      source.bytes[b] = static_cast<std::byte>(dtype == DType::Bool ? b % 2 : b);
    const at::Tensor tensor = to_tensor(source);
    CHECK(tensor.sizes() == at::IntArrayRef({2, 3}));
    const NamedTensor back = from_tensor("t", tensor);
    CHECK(back.dtype == dtype);
    CHECK(back.shape == source.shape);
    CHECK((back.bytes == source.bytes));  // LibTorch tries to print a vector of std::byte
  }
  try {
    (void)dtype_of(at::kComplexFloat);
    FAIL_CHECK("accepted");
  } catch (const tuneit::Error& error) {
    CHECK_THAT(error.what(), Catch::Contains("ComplexFloat"));
  }
}

TEST_CASE("elements are written in logical order, whatever the strides", "[weights]") {
  const at::Tensor plain = at::arange(2 * 3 * 4 * 5, at::kFloat).view({2, 3, 4, 5});
  const std::vector<std::byte> bytes = from_tensor("t", plain).bytes;
  CHECK((from_tensor("t", plain.contiguous(at::MemoryFormat::ChannelsLast)).bytes == bytes));
  CHECK(at::equal(to_tensor(from_tensor("t", plain.transpose(1, 3))), plain.transpose(1, 3)));
  CHECK(at::equal(to_tensor(from_tensor("t", plain.detach().requires_grad_(true))), plain));
  CHECK(from_tensor("t", at::zeros({0, 3})).bytes.empty());
  CHECK(to_tensor(from_tensor("t", at::zeros({0, 3}))).sizes() == at::IntArrayRef({0, 3}));
  CHECK(from_tensor("t", at::ones({}, at::kLong)).shape.empty());
}

TEST_CASE("what is too large for a type is what LibTorch makes infinite", "[weights]") {
  // All numbers of BF16, each with its neighbours in the other types: the limits of all types are among them.
  const at::Tensor all = at::arange(65536, at::kInt).to(at::kShort).view(at::kBFloat16);
  const at::Tensor finite = all.masked_select(all.isfinite());
  for (const at::ScalarType from : {at::kBFloat16, at::kHalf, at::kFloat, at::kDouble}) {
    const at::Tensor exact = finite.to(from).masked_select(finite.to(from).isfinite());
    std::vector<at::Tensor> near{exact};
    if (from == at::kFloat)
      for (const int step : {-32768, -1, 1, 32767, 32768, 32769})
        near.push_back(exact.view(at::kInt).add(step).view(at::kFloat));
    if (from == at::kDouble)
      for (const std::int64_t step : {-(std::int64_t{1} << 28U), std::int64_t{-1}, std::int64_t{1},
                                      (std::int64_t{1} << 28U) - 1, std::int64_t{1} << 28U})
        near.push_back(exact.to(at::kFloat).to(at::kDouble).view(at::kLong).add(step).view(at::kDouble));
    for (const at::Tensor& some : near)
      for (const at::ScalarType to : {at::kBFloat16, at::kHalf, at::kFloat, at::kDouble}) {
        INFO(c10::toString(from) << " to " << c10::toString(to));
        const at::Tensor values = some.masked_select(some.isfinite());
        CHECK(count_too_large(from_tensor("t", values), dtype_of(to)) ==
              static_cast<std::size_t>(values.to(to).isinf().sum().item<std::int64_t>()));
      }
  }
}

TEST_CASE("copy_into writes through strides and refuses what does not fit before writing", "[weights]") {
  const at::Tensor plain = at::arange(2 * 3 * 4 * 5, at::kFloat).view({2, 3, 4, 5});
  const NamedTensor source = from_tensor("conv.weight", plain);
  at::Tensor target = at::zeros({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_(true);
  copy_into(target, source);
  CHECK(at::equal(target, plain));
  CHECK(target.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(target.requires_grad());
  CHECK_FALSE(target.grad_fn());

  const auto refused = [&](at::Tensor wrong, bool allow_cast, const std::string& words) {
    try {
      copy_into(wrong, source, allow_cast);
      FAIL_CHECK("accepted");
    } catch (const tuneit::Error& error) {
      CHECK_THAT(error.what(), Catch::Contains("'conv.weight'") && Catch::Contains(words));
    }
    CHECK(wrong.count_nonzero().item<std::int64_t>() == 0);
  };
  refused(at::zeros({2, 3, 20}), true, "[2, 3, 4, 5] in the file and [2, 3, 20] in the model");
  refused(at::zeros({2, 3, 4, 5}, at::kHalf), false, "F32 in the file and Half in the model");
  refused(at::zeros({2, 3, 4, 5}, at::kLong), true, "F32 in the file and Long in the model");
  at::Tensor half = at::zeros({2, 3, 4, 5}, at::kBFloat16);
  copy_into(half, source, true);
  CHECK(at::equal(half, plain.to(at::kBFloat16)));
  at::Tensor empty = at::zeros({0});
  copy_into(empty, from_tensor("e", at::zeros({0})));
}
