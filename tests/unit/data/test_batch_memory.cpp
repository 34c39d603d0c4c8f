// Is the memory of a batch used again, and never while somebody has it?
#include <set>
#include <vector>

#include <ATen/core/Tensor.h>

#include <tuneit/data/batches/batch_memory.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;

TEST_CASE("images lie channels-last in memory that is free", "[data][batch_memory]") {
  data::BatchMemory memory(3);
  at::Tensor first = memory.images(4, 8);
  CHECK(first.sizes() == at::IntArrayRef{4, 3, 8, 8});
  CHECK(first.scalar_type() == at::kFloat);
  CHECK(first.is_contiguous(at::MemoryFormat::ChannelsLast));
  void* const where = first.mutable_data_ptr();
  CHECK(memory.images(4, 8).data_ptr() != where);
  const at::Tensor row = first[0];  // keeps the whole
  first = at::Tensor();
  for (int i = 0; i < 5; ++i) CHECK(memory.images(4, 8).data_ptr() != where);
}

TEST_CASE("memory is given out again, for a smaller batch too", "[data][batch_memory]") {
  data::BatchMemory memory(3);
  void* const where = memory.images(4, 8).mutable_data_ptr();
  CHECK(memory.images(4, 8).data_ptr() == where);
  CHECK(memory.images(3, 8).data_ptr() == where);
  at::Tensor larger = memory.images(5, 8);
  CHECK(larger.data_ptr() != where);
}

TEST_CASE("what the last user did to a tensor is forgotten", "[data][batch_memory]") {
  data::BatchMemory memory(1);
  {
    at::Tensor images = memory.images(2, 4);
    images.requires_grad_();
    CHECK(images.requires_grad());
  }
  CHECK_FALSE(memory.images(2, 4).requires_grad());
}

TEST_CASE("more batches than are kept are all different", "[data][batch_memory]") {
  data::BatchMemory memory(2);
  std::vector<at::Tensor> all;
  std::set<void*> places;
  for (int i = 0; i < 7; ++i) {
    all.push_back(memory.images(2, 4));
    all.back().fill_(i);
    places.insert(all.back().data_ptr());
  }
  CHECK(places.size() == 7);
  for (int i = 0; i < 7; ++i)
    for (std::int64_t at = 0; at < 96; ++at)
      REQUIRE(all[static_cast<std::size_t>(i)].const_data_ptr<float>()[at] == static_cast<float>(i));
}
