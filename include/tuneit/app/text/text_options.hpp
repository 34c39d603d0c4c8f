#pragma once
// What a person may say of texts beside what every program takes, and which options are for texts, for pictures, or for
// both. No LibTorch.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/options/ranges.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

struct TextChoices {
  std::string task = "auto";
  std::string text_column, pair_column;
  int max_length = 0;  ///< tokens; 0: 256, of questions 384
  int stride = 128;    ///< tokens that windows of a passage share
  bool lora = false;
  double layer_decay = 1;
  std::string predict;  ///< file to write, or empty
};

/// Adds them to a program's command line. `of` must outlive it.
inline void add_text_options(CLI::App& app, TextChoices& of) {
  app.option_defaults()->group("Texts");
  app.add_option("--task", of.task,
                 "classes, labels (several, of --target-columns that are 0 and 1), values (--target-columns), tags (of "
                 "words) or spans (answers to questions); auto: what the data has")
      ->check(one_of(std::vector<std::string>{"auto", "classes", "labels", "values", "tags", "spans"}));
  app.add_option("--text-column", of.text_column, "of a table: the column of the texts (default text, review, ...)");
  app.add_option("--pair-column", of.pair_column, "of a table: the column of second texts, where texts are pairs");
  app.add_option("--max-length", of.max_length,
                 "tokens of a text, longer ones are cut (default 256); of questions those of a window (384)")
      ->default_str("")
      ->check(in(8, 512));
  app.add_option("--stride", of.stride, "tokens that two windows of a passage share")->check(in(0, 384));
  app.add_flag("--lora", of.lora,
               "low-rank adaptation (rank 8, alpha 16) of queries and values: little else trains, and adapter/ has the "
               "files of PEFT");
  app.add_option("--layer-decay", of.layer_decay, "the rate is times this for each layer below the head")
      ->check(in(0.01, 1.0));
  app.add_option("--predict", of.predict,
                 "write what the fine-tuned model in --weights says of all texts of --data to this CSV file, and stop; "
                 "they need no labels")
      ->type_name("FILE");
  app.option_defaults()->group("OPTIONS");
}

/// The options that only texts have.
inline const std::set<std::string_view>& options_of_texts() {
  static const std::set<std::string_view> all{"--task",   "--text-column", "--pair-column", "--max-length",
                                              "--stride", "--lora",        "--layer-decay", "--predict"};
  return all;
}
/// Those of others that are heeded for texts, too.
inline const std::set<std::string_view>& options_for_both() {
  static const std::set<std::string_view> all{
      "--model",         "--weights",         "--data",       "--train-data", "--test-data",
      "--label-column",  "--target-columns",  "--out",        "--overwrite",  "--dry-run",
      "--evaluate",      "--allow-cast",      "--batch-size", "--device",     "--no-graphs",
      "--test-fraction", "--split-seed",      "--folds",      "--fold",       "--seed",
      "--threads",       "--deterministic",   "--epochs",     "--lr",         "--weight-decay",
      "--warmup-epochs", "--label-smoothing", "--precision",  "--freeze",     "--head-lr-scale",
      "--schedule"};
  return all;
}

/// Is it a file that holds nothing but texts, by its ending, or a table with a column of texts and none of pictures?
inline bool only_texts(const std::string& data) {
  const std::string path = io::ascii_lower(data);
  for (const char* ending : {".jsonl", ".ndjson", ".json", ".conll", ".conllu", ".bio", ".iob", ".iob2"})
    if (path.ends_with(ending)) return true;
  std::ifstream in(path.ends_with(".csv") ? data : std::string());
  std::string name;
  bool texts = false;
  for (int c = in ? in.get() : -1, i = 0; c >= 0 && i < 4096; c = in.get(), ++i) {
    if (c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r') {
      for (const char* one : {"text", "sentence", "review", "content", "comment", "tweet", "document"})
        texts = texts || name == one;
      for (const char* one : {"path", "file", "image", "filename", "image_path", "filepath"})
        if (name == one) return false;
      name.clear();
      if (c == '\n' || c == '\r') break;
    } else if (c != '"' && c != ' ') {
      name += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
  }
  return texts;
}
/// Is it the folder of a network of texts, as Hugging Face has it? Then no --model is needed.
inline bool is_text_model(const std::string& weights) {
  std::error_code failed;
  const std::filesystem::path folder(weights);
  return !weights.empty() && std::filesystem::exists(folder / "config.json", failed) &&
         (std::filesystem::exists(folder / "tokenizer.json", failed) ||
          std::filesystem::exists(folder / "vocab.txt", failed));
}

/// Throws Error(Usage) where an option was given that the model has no use for. `texts`: it is one of texts.
inline void check_kind_of_options(const Options& o, bool texts) {
  for (const std::string& given : o.given) {
    if (texts && options_of_texts().count(given) + options_for_both().count(given) == 0 && given != "--help")
      throw Error(ErrorKind::Usage, given + " is for pictures, and " + o.name + " is a model of texts",
                  "Leave " + given + " out.");
    if (!texts && options_of_texts().count(given) > 0)
      throw Error(ErrorKind::Usage, given + " is for texts, and " + o.name + " is a model of pictures",
                  "Leave " + given + " out, or give --model minilm-l6.");
  }
}

}  // namespace tuneit::app
