#pragma once
// Which texts are learned from, which are judged, and what is learned of them? Read, divided, and made into tokens. No
// LibTorch.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/app/text/judged_texts.hpp"
#include "tuneit/app/text/model_folder.hpp"
#include "tuneit/app/text/text_options.hpp"
#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/data/dataset/text_dataset.hpp"
#include "tuneit/data/text/encode_texts.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/text/tokenizer/load.hpp"

namespace tuneit::app {

namespace detail {

constexpr const char* task_names[]{"classes", "labels", "values", "tags", "spans"};
constexpr const char* task_words[]{"classes of texts", "labels of texts", "numbers of texts", "tags of words",
                                   "answers to questions"};

inline TextTask task_named(const std::string& name) {
  std::size_t i = 0;
  while (i + 1 < std::size(task_names) && name != task_names[i]) ++i;
  return static_cast<TextTask>(i);
}

inline io::TextOptions reading_of(const Options& o, const TextChoices& t) {
  io::TextOptions reading;
  reading.text = t.text_column;
  reading.second = t.pair_column;
  reading.label = o.table.label;
  reading.targets = o.table.targets;
  return reading;
}
/// A file of tags or questions may have any ending.
inline std::optional<io::TextFormat> format_of(const std::string& path, std::optional<TextTask> task) {
  std::error_code failed;
  if (path.empty() || std::filesystem::is_directory(path, failed) || io::text_format_of(path) || !task)
    return std::nullopt;
  return *task == TextTask::Tags    ? std::optional(io::TextFormat::Conll)
         : *task == TextTask::Spans ? std::optional(io::TextFormat::Squad)
                                    : std::nullopt;
}

/// Does a folder hold pictures, or a table paths of them?
inline bool holds_pictures(const std::string& data) {
  namespace fs = std::filesystem;
  const auto picture = [](const fs::path& path) {
    const std::string ending = io::ascii_lower(path.extension().string());
    for (const char* one : {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"})
      if (ending == one) return true;
    return false;
  };
  std::error_code failed;
  if (!fs::is_directory(data, failed)) return picture(data);
  std::size_t seen = 0;
  for (fs::recursive_directory_iterator at(data, fs::directory_options::skip_permission_denied, failed), end;
       !failed && at != end && seen < 1000; at.increment(failed), ++seen)
    if (picture(at->path())) return true;
  return false;
}

inline bool zeros_and_ones(const std::vector<io::TextExample>& part) {
  for (const io::TextExample& e : part)
    if (const auto* numbers = std::get_if<std::vector<double>>(&e.label))
      for (const double x : *numbers)
        if (x != 0 && x != 1) return false;
  return true;
}

/// What the labels of the data are for; numbers for what `known`, the model's task, is, if it is of numbers. Throws
/// Error(Data) where they are for something else than was asked.
inline TextTask task_of(const data::TextDataset& data, const TextChoices& t, std::optional<TextTask> known = {}) {
  const std::vector<io::TextExample>& part = data.train.empty() ? data.test : data.train;
  const io::TextLabel& label = part.front().label;
  const bool one_of = t.task != "auto";
  const TextTask asked = one_of ? task_named(t.task) : TextTask::Classes;
  TextTask has = TextTask::Classes;
  if (std::holds_alternative<std::monostate>(label))
    throw Error(ErrorKind::Data, data.place(part.front()) + " has no label to learn from",
                "Give texts with labels; --predict FILE is for those without.");
  if (const auto* numbers = std::get_if<std::vector<double>>(&label))
    has =
        known == TextTask::Values || known == TextTask::Labels ? *known
        : one_of && asked == TextTask::Values                  ? asked
        : zeros_and_ones(data.train) && zeros_and_ones(data.test) && (numbers->size() > 1 || asked == TextTask::Labels)
            ? TextTask::Labels
            : TextTask::Values;
  if (std::holds_alternative<io::Tags>(label)) has = TextTask::Tags;
  if (std::holds_alternative<io::Answers>(label)) has = TextTask::Spans;
  if (one_of && asked != has)
    throw Error(ErrorKind::Data,
                "--task " + t.task + ", and " + data.place(part.front()) + " has " +
                    (has == TextTask::Classes  ? "the name of a class"
                     : has == TextTask::Values ? "numbers that are not 0 and 1 alone"
                     : has == TextTask::Labels ? "numbers"
                     : has == TextTask::Tags   ? "tags of words"
                                               : "a question with answers"),
                asked == TextTask::Values || asked == TextTask::Labels
                    ? "Name the columns of numbers: --target-columns a,b."
                    : "Leave --task out: it would be " + std::string(task_names[static_cast<int>(has)]) + ".");
  return has;
}

}  // namespace detail

/// Where texts were divided for a training that wrote this folder, if it was on the same data.
inline bool same_split_as(const std::filesystem::path& folder, const Options& o, data::SplitOptions& split) {
  std::ifstream in(folder / "result.json");
  const nlohmann::json result = in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
  if (!result.is_object() || result.value("data", std::string()) != o.data) return false;
  const nlohmann::json settings = result.value("settings", nlohmann::json::object());
  split.test_fraction = settings.value("test_fraction", split.test_fraction);
  split.seed = result.value("split_seed", split.seed);
  split.folds = settings.value("folds", 0U);
  split.fold = settings.value("fold", 0U);
  return true;
}

/// The data of a training, or with `tests_only` of a test of the model in `folder`.
inline data::TextDataset open_text_data(const Options& o, const TextChoices& t, const std::optional<KnownHead>& head,
                                        const std::filesystem::path& folder, bool tests_only) {
  for (const std::string& path : {o.data, o.train_data, o.test_data})
    if (!path.empty() && detail::holds_pictures(path))
      throw Error(ErrorKind::Usage, io::quote(path) + " holds pictures, and " + o.name + " is a model of texts",
                  "Give a --model of pictures, such as resnet18.");
  io::TextOptions reading = detail::reading_of(o, t);
  std::optional<TextTask> task;
  if (t.task != "auto") task = detail::task_named(t.task);
  if (tests_only && head) task = head->task;
  if (tests_only && head && reading.targets.empty() &&
      (head->task == TextTask::Values || head->task == TextTask::Labels))
    reading.targets = head->names;
  data::SplitOptions split;
  split.test_fraction = o.test_fraction;
  split.seed = o.split_seed;
  split.folds = o.folds;
  split.fold = o.fold;
  std::string note;
  if (tests_only) {
    const bool said = o.given.count("--test-fraction") + o.given.count("--folds") + o.given.count("--split-seed") > 0;
    if (!said && same_split_as(folder, o, split))
      note = "the part of this data that the model was not trained on, as result.json beside it says";
    else if (!said || o.test_fraction >= 1)
      split.all_is_test = true;
  }
  data::TextDataset data =
      o.data.empty()
          ? [&] {
              if (o.train_data.empty()) split.all_is_test = true;
              const std::string& some = o.train_data.empty() ? o.test_data : o.train_data;
              return data::open_texts(data::PartPaths{o.train_data, o.test_data}, reading, split,
                                      detail::format_of(some, task));
            }()
          : data::open_texts(o.data, reading, split, detail::format_of(o.data, task));
  if (!note.empty()) data.warnings.push_back(note);
  return data;
}

/// All texts of --data, without labels.
inline io::Texts texts_to_predict(const Options& o, const TextChoices& t, const KnownHead& head) {
  if (o.data.empty())
    throw Error(ErrorKind::Usage, "--predict is for all texts of --data, and there is none", "Give --data.");
  io::TextOptions reading = detail::reading_of(o, t);
  reading.labels = false;
  io::Texts texts;
  data::detail::read_any(o.data, reading, detail::format_of(o.data, head.task), texts);
  if (texts.examples.empty()) throw Error(ErrorKind::Data, io::quote(o.data) + " has no texts", "Look into the file.");
  const io::TextExample& first = texts.examples.front();
  if (head.task == TextTask::Tags && first.words.empty())
    throw Error(ErrorKind::Data, texts.place(first) + " is no sentence of words, and the model tags words",
                "Give CoNLL, or JSON lines with a list of words.");
  if (head.task == TextTask::Spans && !first.second)
    throw Error(ErrorKind::Data, texts.place(first) + " has no passage, and the model answers questions",
                "Give SQuAD, or JSON lines with question and context.");
  return texts;
}

/// How texts become tokens.
struct Reading {
  const text::Tokenizer& tokenizer;
  std::size_t most = 256, stride = 128;
  unsigned threads = 1;
};

/// Tokens, and the numbers of what is to be learned, in the order of the head's names.
inline ReadTexts read_texts(io::Texts texts, const KnownHead& head, const Reading& how) {
  ReadTexts out;
  out.texts = std::move(texts);
  if (head.task == TextTask::Spans) {
    out.windows = question_windows(out.texts, how.tokenizer, how.most, how.stride);
    return out;
  }
  if (head.task == TextTask::Tags)
    for (const io::TextExample& e : out.texts.examples)
      if (e.words.empty()) throw Error(ErrorKind::Data, out.texts.place(e) + " has no words", "Leave it out.");
  std::vector<std::string> names = head.names;
  bool unlabelled = false;
  for (const io::TextExample& e : out.texts.examples) unlabelled = std::holds_alternative<std::monostate>(e.label);
  if (unlabelled && head.task == TextTask::Tags) {  // as if all words had the first tag
    io::Texts tagged = out.texts;
    for (io::TextExample& e : tagged.examples)
      e.label = io::Tags{std::vector<std::string>(e.words.size(), names.front())};
    data::EncodedTexts encoded = data::encode_texts(tagged, how.tokenizer, names, {how.most, how.threads, false});
    out.set = std::move(encoded.set), out.words = std::move(encoded.words), out.cut = encoded.cut;
    return out;
  }
  data::EncodedTexts encoded = data::encode_texts(out.texts, how.tokenizer, names, {how.most, how.threads, false});
  out.set = std::move(encoded.set);
  out.words = std::move(encoded.words);
  out.cut = encoded.cut;
  return out;
}

}  // namespace tuneit::app
