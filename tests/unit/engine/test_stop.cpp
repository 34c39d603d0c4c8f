// A training that a hook stops, and one that writes its best epoch when it is there.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "../data/picture_files.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/behaviour/save_best.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

using R = Finetune<Small, ReplaceHead<2>, Epochs<4>, Sgd<Lr<1e-2>, Momentum<0.9>>>;

struct Images {
  Images() {
    for (int i = 0; i < 11; ++i) {
      io::Image p{20, 20, io::Pixels(1200, static_cast<std::uint8_t>(i % 2 == 0 ? 40 : 210))};
      samples.push_back({folder.write("p" + std::to_string(i) + ".png", test::encode_png(p)).string(), i % 2});
    }
  }
  test::TempFolder folder;
  std::vector<data::Sample> samples;
};

/// Stops when it was asked so many times.
struct StopAt {
  int asked_at_most = 0;
  int asked = 0, steps = 0;
  std::vector<int> epochs{};
  bool should_stop() { return asked++ == asked_at_most; }
  void on_step(const StepReport&) { ++steps; }
  void on_epoch(const EpochResult& e, const Trainer<R>&) { epochs.push_back(e.epoch); }
};

}  // namespace

TEST_CASE("a hook stops the training before any step, and in the middle of a test") {
  const Images pictures;
  data::Loader train(pictures.samples, data::no_augment(16), {.batch_size = 4, .workers = 2, .shuffle = true});
  data::Loader test(pictures.samples, data::no_augment(16), {.batch_size = 3, .workers = 2});
  // An epoch asks before each of 3 steps, once more at their end, and before each of 4 batches of the test.
  constexpr int each = 3 + 1 + 4;
  for (int at = 0; at < 2 * each; ++at) {
    Trainer<R> trainer(defaults<R>());
    StopAt stop{at};
    const auto history = fit(trainer, train, &test, stop);
    INFO(at);
    CHECK(stop.asked == at + 1);  // nothing is asked, and nothing done, after it
    CHECK(static_cast<int>(history.size()) == at / each);
    CHECK(stop.epochs.size() == history.size());
    CHECK(stop.steps == 3 * (at / each) + std::min(at % each, 3));
    CHECK(trainer.steps_done() == stop.steps);
  }
  // and what is not stopped goes on to its end
  Trainer<R> trainer(defaults<R>());
  StopAt never{-1};
  CHECK(fit(trainer, train, &test, never).size() == 4);
  CHECK(never.asked == 4 * each);
  // of several hooks any one stops it
  StopAt first{-1}, second{5};
  Trainer<R> other(defaults<R>());
  CHECK(fit(other, train, nullptr, first, second).size() == 1);
}

TEST_CASE("a training that ends within a window of batches keeps nothing of it for the next one") {
  using Windows = Finetune<Small, ReplaceHead<2>, Epochs<1>, Sgd<Lr<1e-2>>, Accumulate<3>>;
  struct End {
    bool throws = false;
    int steps = 0;
    bool should_stop() { return !throws && steps == 1; }
    void on_step(const StepReport&) {
      if (++steps == 1 && throws) throw Error(ErrorKind::Io, "a hook");
    }
  };
  const Images pictures;
  data::Loader train(pictures.samples, data::no_augment(16), {.batch_size = 4, .workers = 0});
  for (const bool throws : {false, true}) {
    Trainer<Windows> trainer(defaults<Windows>());
    const at::Tensor weight = trainer.tensors().front().detach().clone();
    End end{throws};
    if (throws)
      CHECK_THROWS_AS(fit(trainer, train, nullptr, end), Error);
    else
      CHECK(fit(trainer, train, nullptr, end).empty());
    CHECK(end.steps == 1);
    trainer.finish_window(1);  // nothing is left of it
    CHECK(trainer.steps_done() == 0);
    CHECK(trainer.tensors().front().equal(weight));
    CHECK(fit(trainer, train, nullptr).size() == 1);
    CHECK(trainer.steps_done() == 1);
  }
}

TEST_CASE("SaveBest hands over the tensors of each epoch that is the best so far, and keeps them") {
  const Images pictures;
  data::Loader train(pictures.samples, data::no_augment(16), {.batch_size = 4, .workers = 0, .shuffle = true});
  data::Loader test(pictures.samples, data::no_augment(16), {.batch_size = 11, .workers = 0});
  const std::string file = (pictures.folder.path() / "best.safetensors").string();
  int saved = 0;
  SaveBest best([&](const std::vector<at::Tensor>& tensors) {
    ++saved;
    save_weights<R::model>(tensors, file);
  });
  struct Watch {
    double most = -1;
    int best = 0, times = 0;
    void on_epoch(const EpochResult& e, const Trainer<R>&) {
      if (!(e.validation.accuracy() > most)) return;
      most = e.validation.accuracy();
      best = e.epoch;
      ++times;
    }
  } watch;
  Trainer<R> trainer(defaults<R>());
  fit(trainer, train, &test, best, watch);
  CHECK(saved == watch.times);
  CHECK(best.epoch() == watch.best);
  CHECK(best.accuracy() == watch.most);
  Trainer<R> read(defaults<R>());
  copy_weights<R::model>(read.tensors(), file, false);
  for (std::size_t i = 0; i < read.tensors().size(); ++i) CHECK(read.tensors()[i].equal(best.tensors()[i]));
  // what cannot be written is told at once, and the copy in memory is there
  SaveBest nowhere([](const std::vector<at::Tensor>& tensors) {
    save_weights<R::model>(tensors, "/proc/no/such/best.safetensors");
  });
  Trainer<R> again(defaults<R>());
  CHECK_THROWS_AS(fit(again, train, &test, nowhere), Error);
  CHECK(nowhere.epoch() == 1);
  CHECK(nowhere.tensors().size() == again.tensors().size());
}
