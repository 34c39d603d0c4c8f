#pragma once
// What the program does with texts: data, plan, training, records; or a test, or predictions. No LibTorch.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/app/run/run_folder.hpp"
#include "tuneit/app/signals.hpp"
#include "tuneit/app/text/judged_texts.hpp"
#include "tuneit/app/text/model_folder.hpp"
#include "tuneit/app/text/text_data.hpp"
#include "tuneit/app/text/text_options.hpp"
#include "tuneit/app/text/text_record.hpp"
#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/report/progress.hpp"

namespace tuneit::app {

namespace detail {

inline void stop_here() { stop_if_told(" while testing"); }

/// Writes the files of a run as it goes.
class TextKeeper final : public TextWatch {
 public:
  TextKeeper(RunFolder& folder, const Options& o, const TextChoices& t, TextRecord& record, TextTrainer& trainer,
             bool tested)
      : folder_(folder),
        o_(o),
        t_(t),
        record_(record),
        trainer_(trainer),
        tested_(tested),
        progress_(static_cast<std::size_t>(o.settings.epochs), {.what = "texts"}) {}

  void begin(int epoch, std::size_t texts) override {
    if (!begun_) folder_.begin();
    begun_ = true;
    progress_.begin(static_cast<std::size_t>(epoch), texts);
  }
  bool due() override { return progress_.due(); }
  void step(std::size_t texts, double loss, double accuracy) override { progress_.update(texts, loss, accuracy); }
  void epoch(const TextEpoch& e) override {
    progress_.note(e.texts, e.train_loss, e.train_accuracy);
    char more[64] = "";
    if (!std::isnan(e.test_accuracy))
      std::snprintf(more, sizeof more, "  test accuracy %.2f %%", 100 * e.test_accuracy);
    progress_.end(e.tests > 0 ? "| test loss " + short_number(e.test_loss) + more : "");
    record_.history.push_back(e);
    try {
      if (tested_ && e.best) trainer_.save(folder_.file("best.safetensors"), WhichWeights::Best, {});
      write();
    } catch (const Error& error) {  // at the end it is tried again
      std::cerr << "note: " << error.what() << "; the training goes on\n";
    }
  }
  bool stops() override { return caught_signal() != 0; }

  void write() {
    io::atomic_write(folder_.file("log.csv"), text_log(record_.history));
    io::atomic_write(folder_.file("result.json"), text_result(o_, t_, record_));
  }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  RunFolder& folder_;
  const Options& o_;
  const TextChoices& t_;
  TextRecord& record_;
  TextTrainer& trainer_;
  bool tested_, begun_ = false;
  report::Progress progress_;
};

inline std::string names_told(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 12; ++i) text += (i == 0 ? "" : ", ") + io::utf8_text(names[i]);
  return text + (names.size() > 12 ? ", ... (" + std::to_string(names.size()) + ")" : "");
}

inline int frozen_blocks(const Options& o, const std::string& freeze, const TextRecipe& recipe) {
  const int frozen = freeze == "none" ? 0 : freeze == "backbone" ? recipe.blocks : std::stoi(freeze);
  if (frozen > recipe.blocks)
    throw Error(ErrorKind::Usage,
                "--freeze " + freeze + ": " + o.name + " has " + std::to_string(recipe.blocks) +
                    " blocks before its head, the embeddings and the layers",
                "Give a number up to " + std::to_string(recipe.blocks) + " (which is the backbone), or none.");
  return frozen;
}

inline void tell_data(const data::TextDataset& data, const KnownHead& head, bool tests_only) {
  std::cout << "Data: " << data.source_description << "\n";
  if (!data.columns.empty()) std::cout << "  columns: " << data.columns << "\n";
  std::cout << "  ";
  if (!tests_only) std::cout << data.train.size() << " texts to train on, ";
  std::cout << data.test.size() << (tests_only ? " texts to test on" : " to test on");
  if (head.task == TextTask::Values || head.task == TextTask::Labels)
    std::cout << "; to predict: " << names_told(head.names);
  else if (head.task != TextTask::Spans)
    std::cout << (head.task == TextTask::Tags ? "; tags " : "; classes ") << names_told(head.names);
  std::cout << "\n";
  for (const std::string& warning : data.warnings) std::cout << "  note: " << warning << "\n";
}
inline void tell_cut(const ReadTexts& texts, std::size_t most) {
  if (texts.cut > 0)
    std::cout << "  note: " << texts.cut << " of " << texts.texts.examples.size() << " texts have " << most
              << " tokens or more, and what is behind is cut (--max-length)\n";
}
inline std::vector<std::string> inputs_of_texts(const Options& o, const WeightsPlace& place) {
  std::vector<std::string> all{o.data, o.train_data, o.test_data, place.file.string(),
                               (place.folder / "config.json").string()};
  for (const std::string_view name : tokenizer_files) all.push_back((place.folder / name).string());
  return all;
}

}  // namespace detail

/// `how` has all that the command line says of the training, but for the numbers of the data; `freeze` as the option.
inline void run_texts(Options o, const TextChoices& t, const TextRecipe& recipe, TextTraining how,
                      const std::string& freeze) {
  std::optional<Orderly> to_the_end;
  Settings& s = o.settings;
  const bool predicts = !t.predict.empty(), tests_only = o.evaluate || predicts;
  if (o.evaluate && predicts)
    throw Error(ErrorKind::Usage, "--evaluate judges texts that have labels, and --predict is for any", "Give one.");
  if (t.lora && freeze != "none")
    throw Error(ErrorKind::Usage, "with --lora all blocks are frozen but for what it adds", "Leave --freeze out.");
  if (t.lora && t.layer_decay < 1)
    throw Error(ErrorKind::Usage, "--layer-decay is for trainings of all layers", "Leave it out, or --lora.");
  how.frozen = detail::frozen_blocks(o, freeze, recipe);
  const WeightsPlace place = weights_place(o.weights);
  const std::optional<KnownHead> known = known_head(place.folder, recipe);
  if (tests_only && !known)
    throw Error(ErrorKind::Weights, io::quote_path(place.folder) + " has no config.json that tells of a head",
                "Fine-tune first; --weights is then the folder of that run.");
  std::optional<RunFolder> folder;
  if (!tests_only && !o.dry_run) folder.emplace(o.out, o.overwrite, detail::inputs_of_texts(o, place));
  if (predicts && !o.dry_run) io::try_file(t.predict);
  const text::Tokenizer tokenizer = text::load_tokenizer(place.folder).tokenizer;
  if (tokenizer.vocabulary_size() > recipe.vocabulary)
    throw Error(ErrorKind::Weights,
                "the tokeniser of " + io::quote_path(place.folder) + " has " +
                    std::to_string(tokenizer.vocabulary_size()) + " tokens, and " + recipe.model + " " +
                    std::to_string(recipe.vocabulary),
                "Give the tokeniser that the weights were trained with.");
  how.padding = tokenizer.id_of("[PAD]").value_or(0);

  TextRecord record;
  data::TextDataset data;
  io::Texts train_texts, test_texts;
  if (predicts) {
    record.head = *known;
    test_texts = texts_to_predict(o, t, *known);
    std::cout << "Data: " << test_texts.examples.size() << " texts of " << io::quote_path(o.data) << "\n";
    if (!test_texts.columns.empty()) std::cout << "  columns: " << test_texts.columns << "\n";
    for (const std::string& note : test_texts.notes) std::cout << "  note: " << note << "\n";
  } else {
    data = open_text_data(o, t, known, place.folder, tests_only);
    const TextTask task = detail::task_of(data, t, tests_only ? std::optional(known->task) : std::nullopt);
    if (tests_only && task != known->task)
      throw Error(ErrorKind::Data,
                  "the model in --weights was trained for " +
                      std::string(detail::task_words[static_cast<int>(known->task)]) + ", and the data has " +
                      detail::task_words[static_cast<int>(task)],
                  "Give data of the same kind.");
    if (tests_only) {
      record.head = *known;
    } else {
      record.head.task = task;
      record.head.names = task == TextTask::Values || task == TextTask::Labels ? o.table.targets : data.classes;
      record.head.may_have_none = task == TextTask::Spans && some_have_none(data.train);
    }
    detail::tell_data(data, record.head, tests_only);
    train_texts.files = test_texts.files = data.files;
    train_texts.examples = std::move(data.train);
    test_texts.examples = std::move(data.test);
    if (tests_only && test_texts.examples.empty())
      throw Error(ErrorKind::Data, "there are no texts to test on", "Give a --test-fraction, or other --data.");
  }
  KnownHead& head = record.head;
  const bool spans = head.task == TextTask::Spans;
  s.side = t.max_length > 0                      ? t.max_length
           : tests_only && known->max_length > 0 ? known->max_length
           : spans                               ? 384
                                                 : 256;
  s.side = std::min(s.side, recipe.positions);
  if (!tests_only) head.max_length = s.side;
  s.classes = spans ? 2 : static_cast<int>(head.names.size());
  const bool goes_on = tests_only || (known && known->task == head.task && (spans || known->names == head.names));
  const Reading reading{tokenizer, static_cast<std::size_t>(s.side), static_cast<std::size_t>(t.stride),
                        static_cast<unsigned>(how.threads)};
  const ReadTexts train = tests_only ? ReadTexts{} : read_texts(std::move(train_texts), head, reading);
  const bool tested = !test_texts.examples.empty();
  const ReadTexts test = tested ? read_texts(std::move(test_texts), head, reading) : ReadTexts{};
  for (const ReadTexts* part : {&train, &test}) detail::tell_cut(*part, reading.most);
  const auto batch = static_cast<std::size_t>(s.batch_size);
  const std::size_t steps = (train.inputs().size() + batch - 1) / batch;
  if (!tests_only) {
    s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(steps));
    if (o.warmup_epochs >= s.epochs && o.warmup_epochs > 0)
      throw Error(
          ErrorKind::Usage,
          "a warm-up of " + short_number(o.warmup_epochs) + " epochs, and a training of " + std::to_string(s.epochs),
          "Give fewer --warmup-epochs.");
  }
  how.task = head.task;
  how.settings = s;
  how.head_lr_scale = how.head_lr_scale > 0 ? how.head_lr_scale : 1;
  record.how = how;
  record.recipe = recipe.recipe;
  record.trainable = recipe.parameters(head.task, s.classes, how.frozen, true);
  record.parameters = recipe.parameters(head.task, s.classes, how.frozen, false);
  record.train_tokens = train.inputs().tokens();

  std::cout << "\n"
            << o.name << " for " << detail::task_words[static_cast<int>(head.task)] << ", texts of " << s.side
            << " tokens at most\n";
  if (!tests_only) {
    constexpr const char* schedules[]{"then a line to 0", "then a cosine to 0", "then constant"};
    std::cout << "  trains " << grouped(record.trainable) << " of " << grouped(record.parameters) << " parameters"
              << (t.lora ? ": products of rank 8 beside queries and values, and the head"
                  : how.frozen > 0
                      ? ": the first " + std::to_string(how.frozen) + " of embeddings and layers stand still"
                      : "")
              << "\n  AdamW, rate " << short_number(s.optimizer.lr);
    if (how.head_lr_scale != 1) std::cout << " (of the head " << short_number(how.head_lr_scale) << " times that)";
    if (how.layer_decay < 1) std::cout << ", for each layer below the head times " << short_number(how.layer_decay);
    std::cout << ", weight decay " << short_number(s.optimizer.weight_decay)
              << " (not of norms and biases), gradients of norm 1 at most; warm-up " << s.warmup_steps << " steps, "
              << schedules[static_cast<int>(how.schedule)] << "\n  " << s.epochs
              << (s.epochs == 1 ? " epoch of " : " epochs of ") << steps << " steps, " << s.batch_size
              << (spans ? " windows" : " texts") << " each, those of one length together\n";
  }
  if (o.dry_run) return;

  const std::unique_ptr<TextTrainer> trainer = recipe.start(how);
  std::vector<std::string> notes;
  const std::vector<std::string> fresh = trainer->load(place.file.string(), goes_on, o.allow_cast, notes);
  if (tests_only && !fresh.empty())
    throw Error(ErrorKind::Weights, io::quote_path(place.file) + " has no " + io::quote(fresh.front()),
                "Give the folder of a fine-tuned model.");
  std::cout << "  weights from " << place.file.string() << (fresh.empty() ? ", head included" : ", all but the head")
            << "; " << name_of(s.precision) << " on " << trainer->device() << "\n";
  for (const std::string& note : notes) std::cout << "  note: " << note << "\n";
  std::cout << std::endl;
  to_the_end.emplace();

  const auto judge = [&] {
    JudgedTexts judged(test, head);
    trainer->run(test.inputs(), detail::stop_here,
                 [&](std::size_t i, std::span<const float> y, std::size_t) { judged.add(i, y); });
    judged.finish();
    return judged;
  };
  if (tests_only) {
    const JudgedTexts judged = judge();
    if (!predicts) std::cout << judged.table();
    if (predicts) {
      io::atomic_write(t.predict, judged.predictions());
      std::cout << "The predictions for " << test.texts.examples.size() << " texts are " << t.predict << "\n";
    }
    return;
  }
  detail::TextKeeper keeper(*folder, o, t, record, *trainer, tested);
  const auto keep_model = [&] {
    trainer->save(folder->file("model.safetensors"), WhichWeights::Last, {{"tuneit.recipe", recipe.recipe}});
    write_model_folder(recipe, head, place.folder, folder->path());
    const std::filesystem::path adapter = folder->file("adapter");
    std::error_code ignored;
    for (const char* name : {"adapter_model.safetensors", "adapter_config.json"})
      std::filesystem::remove(adapter / name, ignored);
    if (t.lora) {
      std::filesystem::create_directories(adapter, ignored);
      trainer->save_adapter(adapter.string(), WhichWeights::Last);
    }
  };
  const auto in_epoch = [&] {
    return " in epoch " + std::to_string(record.history.size() + 1) + " of " + std::to_string(s.epochs);
  };
  try {
    trainer->train(train.inputs(), tested ? &test.inputs() : nullptr, keeper);
  } catch (const Error& e) {
    if (!keeper.begun()) throw;
    record.ended = (e.kind() == ErrorKind::Diverged ? "diverged" : "failed") + in_epoch();
    keeper.write();
    throw Error(e.kind(), e.what(),
                "Kept in " + io::quote_path(folder->path()) + ": log.csv, result.json" +
                    (record.history.empty() || !tested ? "." : ", best.safetensors."));
  }
  if (const int number = caught_signal(); number != 0 && record.history.size() < static_cast<std::size_t>(s.epochs)) {
    if (!keeper.begun()) stop_if_told(" before anything was trained");
    record.ended = std::string("interrupted by ") + detail::signal_name(number) + in_epoch();
    const bool whole = trainer->finite();
    if (whole) keep_model();
    keeper.write();
    throw Error(ErrorKind::Interrupted, std::string("stopped by ") + detail::signal_name(number) + in_epoch(),
                "Kept in " + io::quote_path(folder->path()) + ": log.csv, result.json" +
                    (whole ? ", model.safetensors (the weights of that moment)." : "."));
  }
  record.ended = "complete";
  keep_model();
  if (tested) {
    std::cout << "\nAfter the last epoch:\n";
    const JudgedTexts judged = judge();
    record.figures = judged.figures();
    record.by_name = judged.by_name();
    std::cout << judged.table();
    io::atomic_write(folder->file("predictions.csv"), judged.predictions());
  }
  keeper.write();
  std::cout << "\nThe model is " << o.out << " (a folder that transformers loads"
            << (t.lora ? "; in adapter/ what PEFT loads" : "") << "); the figures are in result.json and log.csv"
            << (tested ? ", what it says of the test texts in predictions.csv, the best epoch's weights in "
                         "best.safetensors"
                       : "")
            << "\n";
}

}  // namespace tuneit::app
