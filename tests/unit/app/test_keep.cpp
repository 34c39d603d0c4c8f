// What is kept of a training: from when on, up to where, and of a log whose disk fails?
#include <ATen/ops/arange.h>
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "app_run.hpp"
#include "tuneit/app/run/keep.hpp"
#include "tuneit/models/tiny.hpp"
#include "unit/io/tensor_bytes.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using tensor_bytes::Scratch;
namespace fs = std::filesystem;

struct Plain : Finetune<TinyNet, ReplaceHead<2>, Sgd<Lr<1e-2>>, Epochs<3>> {};
struct Windows : Finetune<TinyNet, ReplaceHead<2>, Sgd<Lr<1e-2>>, Epochs<3>, Accumulate<2>> {};

/// A training whose steps are told one by one, with --overwrite where another run is.
template <class R>
struct KeptTraining {
  KeptTraining() {
    options.settings = defaults<R>();
    options.settings.device = DeviceKind::Cpu;
    fs::create_directory(scratch / "run");
    scratch.write("run/result.json", "old");
    trainer = app::info_of<R>().start(options.settings);
    keeper =
        std::make_unique<app::Keeper>(app::RunFolder(path(), true, {}), options, *trainer, record, metadata, false);
  }
  [[nodiscard]] std::string path() const { return (scratch / "run").string(); }
  [[nodiscard]] std::string result() const { return test::read_text(scratch / "run/result.json"); }
  /// The batch is learned from, or passed over.
  void step(bool learns = true) {
    keeper->should_stop();
    const at::Tensor x = at::arange(4 * 3 * 16 * 16, at::kFloat).div(3072).view({4, 3, 16, 16});
    if (learns)
      score.add(trainer->step(x, at::arange(4).remainder(2), 4));
    else
      trainer->pass_over(4);
    keeper->on_step({1, 3, 16, score});
  }
  void end_epoch() {
    EpochResult e{static_cast<int>(record.history.size()) + 1, 0.01, score};
    e.train_seconds = 1;
    keeper->on_epoch(e, *trainer);
  }
  /// How result.json says that it ended.
  std::string fails() {
    CHECK_THROWS_AS(keeper->guard([] { throw Error(ErrorKind::Data, "a hook"); }), Error);
    return test::read_json(scratch / "run/result.json")["ended"].template get<std::string>();
  }

  Scratch scratch;
  app::Options options;
  std::unique_ptr<AnyTrainer> trainer;
  app::RunRecord record;
  std::map<std::string, std::string> metadata;
  Score score;
  std::unique_ptr<app::Keeper> keeper;
};

/// The descriptor of an open file, or -1.
int descriptor_of(const fs::path& file) {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path(), gone) == file) return std::stoi(entry.path().filename().string());
  }
  return -1;
}

}  // namespace

TEST_CASE("a run begins, and removes an older one, when something was learned", "[app][keep]") {
  KeptTraining<Plain> plain;
  plain.step(false);
  CHECK(plain.result() == "old");
  CHECK_THROWS_WITH(plain.keeper->guard([] { throw Error(ErrorKind::Data, "a hook"); }),
                    Contains("Nothing was trained yet") && Contains("is as it was"));
  CHECK(plain.result() == "old");
  plain.step();
  CHECK_FALSE(fs::exists(plain.scratch / "run/result.json"));
  CHECK(fs::exists(plain.scratch / "run/log.csv"));

  KeptTraining<Windows> windows;
  windows.step();
  CHECK(windows.result() == "old");
  windows.step();
  CHECK(windows.result().empty());

  KeptTraining<Windows> shorter;  // its window ends with the epoch
  shorter.step();
  shorter.trainer->finish_window(4);
  shorter.end_epoch();
  CHECK(test::read_json(shorter.scratch / "run/result.json")["history"].size() == 1);
  CHECK(fs::exists(shorter.scratch / "run/model.safetensors"));
}

TEST_CASE("where a training ended is the epoch that ran, or the last one if no other began", "[app][keep]") {
  KeptTraining<Plain> first, between, second;
  first.step();
  CHECK(first.fails() == "failed in epoch 1 of 3: a hook");
  between.step();
  between.end_epoch();
  CHECK(between.fails() == "failed after epoch 1 of 3: a hook");
  second.step();
  second.end_epoch();
  second.keeper->should_stop();  // asked before the first step
  CHECK(second.fails() == "failed in epoch 2 of 3: a hook");
}

TEST_CASE("a log that the disk does not take is rescued whole", "[app][keep][hostile]") {
  KeptTraining<Plain> training;
  training.step();
  training.end_epoch();
  const int log = descriptor_of(training.scratch / "run/log.csv");
  REQUIRE(log >= 0);
  const int other = ::open(training.path().c_str(), O_PATH | O_CLOEXEC);  // of which nothing can be flushed
  REQUIRE(::dup2(other, log) == log);
  ::close(other);
  const char* const before = std::getenv("TMPDIR");
  const std::string old = before == nullptr ? "" : before;
  ::setenv("TMPDIR", (training.scratch / "").c_str(), 1);
  training.keeper->complete();
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", old.c_str(), 1);
  std::string rescued;
  for (const auto& entry : fs::directory_iterator(training.scratch / ""))
    if (entry.path().filename().string().starts_with("tuneit-rescued-")) rescued = entry.path().string();
  REQUIRE_FALSE(rescued.empty());
  CHECK_THROWS_WITH(training.keeper->check(), Contains("'" + rescued + "': log.csv (1 epoch)"));
  CHECK(test::read_text(rescued + "/log.csv") ==
        std::string(app::log_head) + "\n" + app::log_row(training.record.history[0]) + "\n");
}
