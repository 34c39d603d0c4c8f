#pragma once
// From options to a recipe: the structure that a person chose is picked among those compiled here, one recipe for each
// model and number of frozen blocks; optimizer, schedule and precision are left open in the recipe itself.
#include <filesystem>
#include <iostream>
#include <utility>

#include "options.hpp"
#include "records.hpp"
#include "tuneit/tuneit.hpp"

namespace program {

using namespace tuneit;

template <class Model, int FrozenBlocks>
struct Chosen {
  using type = Finetune<Model, ReplaceHead<Dynamic>, Freeze<Layers<0, FrozenBlocks>>, LrScale<Head, 1>, ChosenOptimizer,
                        ChosenSchedule, Precision<ChosenPrecision>>;
};
template <class Model>
struct Chosen<Model, 0> {
  using type = Finetune<Model, ReplaceHead<Dynamic>, LrScale<Head, 1>, ChosenOptimizer, ChosenSchedule,
                        Precision<ChosenPrecision>>;
};

inline std::string seconds_text(double s) {
  return s < 90 ? short_number(s, 3) + " s" : short_number(s / 60, 3) + " min";
}

/// The class count of the head in a file of weights, for --evaluate.
template <class Model>
int classes_in(const Options& o) {
  const auto& t = table<Model>;
  std::string name;
  for (std::size_t i = 0; i < t.size; ++i)
    if (t.rows[i].owner == Owner::Linear && t.rows[i].kind == Kind::Weight) name = std::string(t.name(i));
  const io::TensorFile file = io::read_tensors(o.weights);
  const io::NamedTensor* head = file.find(o.strip_prefix + name);
  return head == nullptr || head->shape.size() != 2 ? 0 : static_cast<int>(head->shape[0]);
}

// What the type of a recipe cannot know: the recipe in words for the records.
template <class R>
std::string recipe_text(const Options& o) {
  const Settings& s = o.settings;
  return type_name<R>() + " with " + tuneit::detail::algorithm_name(s.algorithm) + ", rate " + short_number(s.optimizer.lr) +
         ", head x " + short_number(s.head_lr_scale) + ", " + tuneit::detail::schedule_text<R>(s) +
         (s.bf16 ? ", bfloat16" : ", single precision");
}

template <class R>
void evaluate_only(const Options& o, Settings s, const data::Dataset& dataset, data::Loader& test) {
  using Model = typename R::model;
  const int in_file = classes_in<Model>(o);
  const bool same = in_file == static_cast<int>(dataset.classes.size());
  if (in_file > 0) s.classes = in_file;
  if (in_file > 0 && !same && o.logits.empty())
    throw Error(Fault::Usage,
                "the model in " + o.weights + " knows " + std::to_string(in_file) + " classes, the data has " +
                    std::to_string(dataset.classes.size()),
                "Give data with the same class folders, or --logits FILE to write the logits without judging them.");
  Trainer<R> trainer(s);
  load_weights<Model>(trainer.tensors(), o.weights, false, {.strip_prefix = o.strip_prefix, .allow_cast = o.allow_cast});
  std::cout << "Testing " << type_name<typename R::origin>() << " from " << o.weights << " on " << dataset.test.size()
            << " pictures\n";
  report::Confusion confusion(dataset.classes);
  const auto classes = static_cast<std::size_t>(s.classes);
  std::optional<LogitsFile> file;
  if (!o.logits.empty()) file.emplace(o.logits, classes);
  Score score;
  test.start(0);
  while (auto batch = test.next()) {
    const at::Tensor logits = trainer.logits(batch->images).contiguous();
    const at::Tensor best = logits.argmax(1);
    if (same) score.add(Trainer<R>::score(logits, batch->labels));
    for (std::size_t i = 0; i < batch->index.size(); ++i) {
      const data::Sample& sample = dataset.test[batch->index[i]];
      if (same) confusion.add(sample.label, best.template const_data_ptr<std::int64_t>()[i]);
      if (file)
        file->add(sample.path, dataset.classes[static_cast<std::size_t>(sample.label)],
                  logits.template const_data_ptr<float>() + i * classes, classes);
    }
  }
  if (file) {
    file->close();
    std::cout << "Logits of " << dataset.test.size() << " pictures written to " << o.logits << "\n";
  }
  if (same) std::cout << "test loss " << short_number(score.loss(), 6) << "\n" << report::confusion_table(confusion);
}

template <class R>
void run(const Options& asked) {
  using Model = typename R::model;
  Options o = asked;
  Settings& s = o.settings;
  if (!o.side_given) s.side = Model::input::side;

  const data::Dataset dataset = data::open_dataset(o.data, {o.test_fraction, o.split_seed});
  s.classes = static_cast<int>(dataset.classes.size());
  std::cout << dataset.source_description << "\n  " << dataset.train.size() << " pictures to train on, "
            << dataset.test.size() << " to test on, " << dataset.classes.size() << " classes\n";
  for (const std::string& warning : dataset.warnings) std::cout << "  note: " << warning << "\n";

  const auto workers = static_cast<unsigned>(o.workers);
  const auto batch = static_cast<std::size_t>(s.batch_size);
  data::LoaderOptions loading{.batch_size = batch, .workers = workers, .seed = s.seed};
  std::optional<data::Loader> test;
  if (!dataset.test.empty()) test.emplace(dataset.test, test_augment(o, s.side), loading);
  if (o.evaluate) {
    if (!test) throw Error(Fault::Data, o.data + " has no pictures to test on");
    return evaluate_only<R>(o, s, dataset, *test);
  }
  loading.shuffle = true;
  data::Loader train(dataset.train, train_augment(o, s.side), loading);
  const auto steps_per_epoch = static_cast<long long>(train.batches());
  s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(steps_per_epoch));

  std::cout << "\n" << explain<R>(s);
  if (o.scratch) std::cout << "  from random weights (--scratch), nothing is loaded\n";
  if (o.dry_run) return;

  Trainer<R> trainer(s);
  if (!o.scratch) {
    const auto fresh = load_weights<Model>(trainer.tensors(), o.weights, true,
                                           {.strip_prefix = o.strip_prefix, .allow_cast = o.allow_cast});
    std::cout << "  weights from " << o.weights << (fresh.empty() ? ", head included" : ", all but the head") << "\n";
  }
  std::error_code failed;
  std::filesystem::create_directories(o.out, failed);
  if (failed) throw Error(Fault::Io, "cannot make the folder " + o.out + ": " + failed.message());
  std::cout << std::endl;

  Reporter reporter(o.out, s.epochs);
  BestWeights best;
  RunRecord record;
  record.recipe = recipe_text<R>(o);
  record.history = fit(trainer, train, test ? &*test : nullptr, reporter, best);

  const std::map<std::string, std::string> metadata{{"format", "pt"}, {"model", o.model}, {"tuneit.recipe", record.recipe}};
  save_weights<Model>(trainer.tensors(), o.out + "/model.safetensors", metadata);
  if (best.epoch() > 0) save_weights<Model>(best.tensors(), o.out + "/best.safetensors", metadata);
  record.classes = dataset.classes;
  record.best_epoch = best.epoch();
  record.best_test_accuracy = best.accuracy();
  record.trainable = count_parameters<R>(false, s.classes);
  record.parameters = parameter_count<Model>(s.classes);
  write_result(o, record, o.out);

  if (test) {
    report::Confusion confusion(dataset.classes);
    std::optional<LogitsFile> file;
    const auto classes = static_cast<std::size_t>(s.classes);
    if (!o.logits.empty()) file.emplace(o.logits, classes);
    evaluate(trainer, *test, [&](const data::Batch& seen, const at::Tensor& raw) {
      const at::Tensor logits = raw.contiguous(), top = logits.argmax(1);
      for (std::size_t i = 0; i < seen.index.size(); ++i) {
        const data::Sample& sample = dataset.test[seen.index[i]];
        confusion.add(sample.label, top.const_data_ptr<std::int64_t>()[i]);
        if (file)
          file->add(sample.path, dataset.classes[static_cast<std::size_t>(sample.label)],
                    logits.const_data_ptr<float>() + i * classes, classes);
      }
    });
    if (file) file->close();
    std::cout << "\nAfter the last epoch:\n" << report::confusion_table(confusion);
    std::cout << "best epoch " << best.epoch() << " with " << short_number(100 * best.accuracy()) << " %\n";
  }
  std::cout << "\nThe model is " << o.out << "/model.safetensors (last epoch)";
  if (best.epoch() > 0) std::cout << ", " << o.out << "/best.safetensors (best epoch)";
  std::cout << "; the figures are in " << o.out << "/result.json and log.csv\n";
}

template <class Model, int... N>
void dispatch(const Options& o, int frozen, std::integer_sequence<int, N...>) {
  ((N == frozen ? run<typename Chosen<Model, N>::type>(o) : void()), ...);
}

/// Runs Model with the number of frozen blocks that --freeze asks for.
template <class Model>
void run_model(const Options& o) {
  constexpr int blocks = static_cast<int>(Model::block_count);
  const int frozen = o.freeze == "none" ? 0 : o.freeze == "backbone" ? blocks - 1 : std::stoi(o.freeze);
  if (frozen >= blocks)
    throw Error(Fault::Usage,
                "--freeze " + o.freeze + ": " + type_name<Model>() + " has " + std::to_string(blocks) +
                    " blocks, the last of them the head",
                "Give a number up to " + std::to_string(blocks - 1) + " (which is the backbone), or none, or backbone.");
  dispatch<Model>(o, frozen, std::make_integer_sequence<int, blocks>{});
}

template <class... Models>
bool run_named(const Options& o, std::initializer_list<const char*> names) {
  const char* const* name = names.begin();
  bool found = false;
  const auto one = [&]<class M>(Type<M>) {
    if (o.model == *name++) {
      found = true;
      run_model<M>(o);
    }
  };
  (one(Type<Models>{}), ...);
  return found;
}

}  // namespace program
