// The training of scripts/demo in its first epoch, when no picture is in memory yet: how long does it wait for
// pictures?
#include <tuneit/data/augment/augment.hpp>
#include <tuneit/data/batches/loader.hpp>

#include <memory>
#include <string>
#include <vector>

#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"
#include "bench/ours/pictures.hpp"

namespace {

using namespace tuneit;
using Demo = Finetune<EfficientNetLite0, ReplaceHead<bench::classes>, Freeze<Layers<0, 4>>, AdamW<Lr<3e-4>>>;

bench::Run demo(const std::string&) {
  data::LoaderOptions options;
  options.batch_size = bench::batch_size;
  options.shuffle = true;
  options.cache_bytes = 0;
  auto loader = std::make_shared<data::Loader>(bench::ours::picture_samples("png"), data::flips(bench::side), options);
  auto trainer = std::make_shared<Trainer<Demo>>(defaults<Demo>());
  return [loader, trainer, epoch = std::uint64_t{0}](long steps) mutable {
    std::vector<std::size_t> order = loader->order(epoch);
    order.resize(static_cast<std::size_t>(steps) * bench::batch_size);
    loader->start(epoch++, std::move(order));
    while (auto batch = loader->next())
      bench::last_loss = trainer->step(batch->images, batch->labels, bench::ours::steps_per_epoch).loss;
    bench::waited = loader->wait_seconds();
  };
}

}  // namespace

std::vector<bench::Case> bench::ours::data_waiting() { return {{"data-wait", 2, 4, demo}}; }
