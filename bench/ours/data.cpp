// Images from files to batches, and nothing else: decode, random crop to 224, mirror, normalise.
#include <tuneit/data/batches/loader.hpp>

#include <memory>
#include <vector>

#include "bench/ours/cases.hpp"
#include "bench/ours/pictures.hpp"

namespace {

using namespace tuneit;

// A run of K steps is an epoch of K batches, from its start to its end: nothing is made ahead of it.
template <unsigned Workers>
bench::Run load(const std::string& kind) {
  data::LoaderOptions options;
  options.batch_size = bench::batch_size;
  options.workers = Workers;
  options.shuffle = true;
  options.cache_bytes = 0;
  auto loader =
      std::make_shared<data::Loader>(bench::ours::picture_samples(kind), data::imagenet_train(bench::side), options);
  auto epoch = std::make_shared<std::uint64_t>(0);
  return [loader, epoch](long steps) {
    std::vector<std::size_t> order = loader->order(*epoch);
    order.resize(static_cast<std::size_t>(steps) * bench::batch_size);
    loader->start((*epoch)++, std::move(order));
    long got = 0;
    while (auto batch = loader->next()) {
      bench::last_loss = batch->images.const_data_ptr<float>()[0];
      ++got;
    }
    if (got != steps) throw Error(ErrorKind::Data, "an epoch had another number of batches");
  };
}

}  // namespace

std::vector<bench::Case> bench::ours::data_loading() {
  return {{"data-png", 2, 4, [](const std::string&) { return load<2>("png"); }},
          {"data-jpeg", 2, 4, [](const std::string&) { return load<2>("jpeg"); }},
          {"data-png/one-thread", 1, 4, [](const std::string&) { return load<0>("png"); }},
          {"data-jpeg/one-thread", 1, 4, [](const std::string&) { return load<0>("jpeg"); }}};
}
