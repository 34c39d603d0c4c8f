#pragma once
// What a program asks of a network of texts in training, whichever recipe it is: the program around it is compiled
// without LibTorch, and once. No LibTorch.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/data/text/text_set.hpp"
#include "tuneit/recipe/numbers/run_settings.hpp"

namespace tuneit::app {

/// What is learned of a text: one class; any of several labels; numbers; a tag for each word; where the answer to a
/// question stands.
enum class TextTask : std::uint8_t { Classes, Labels, Values, Tags, Spans };

/// Are there outputs for each token, and not of the text as a whole?
constexpr bool of_tokens(TextTask task) { return task == TextTask::Tags || task == TextTask::Spans; }

/// How the rate goes: along a line to 0, along a cosine, or not at all.
enum class TextSchedule : std::uint8_t { Linear, Cosine, Constant };

/// An epoch. What was not measured is NaN.
struct TextEpoch {
  int epoch = 0;
  double rate = 0, train_loss = std::nan(""), train_accuracy = std::nan(""), test_loss = std::nan(""),
         test_accuracy = std::nan(""), seconds = 0;
  std::size_t texts = 0, tests = 0;
  bool best = false;  ///< the best so far: by test accuracy, where there is none by test loss
};

/// Is told how a training goes.
class TextWatch {
 public:
  virtual ~TextWatch() = default;
  virtual void begin(int epoch, std::size_t texts) = 0;
  /// Is it time for step()? What it says waits for the device.
  virtual bool due() = 0;
  virtual void step(std::size_t texts, double loss, double accuracy) = 0;
  virtual void epoch(const TextEpoch&) = 0;
  virtual bool stops() = 0;
};

/// How a trainer is made.
struct TextTraining {
  TextTask task = TextTask::Classes;
  Settings settings{};       ///< `classes`: outputs of a text, or of each token; `side`: tokens of a text at most
  int frozen = 0;            ///< so many blocks from the beginning do not move (0: embeddings)
  double layer_decay = 1;    ///< the rate is times this for each layer before the head
  double head_lr_scale = 1;  ///< times the rate, of the head
  TextSchedule schedule = TextSchedule::Linear;
  int threads = 1;           ///< of the network's arithmetic
  std::int32_t padding = 0;  ///< the token that pads
};

/// Which of a training's weights: those of now, or those of the best epoch.
enum class WhichWeights : std::uint8_t { Last, Best };

class TextTrainer {
 public:
  virtual ~TextTrainer() = default;
  /// Loads a file; `head`: its head is that of these outputs and goes on, else a new one starts. `notes` get what a
  /// person should know. Returns the names of what starts anew.
  virtual std::vector<std::string> load(const std::string& path, bool head, bool allow_cast,
                                        std::vector<std::string>& notes) = 0;
  /// Trains for settings.epochs epochs; `test` may be null.
  virtual void train(const data::TextSet& texts, const data::TextSet* test, TextWatch& watch) = 0;
  using See = std::function<void(std::size_t text, std::span<const float> outputs, std::size_t rows)>;
  /// Runs the network on all texts as in evaluation, and shows the outputs of each: `rows` tokens of as many numbers;
  /// of a text as a whole those of the first count. Padding has rows, too. Calls `stops` for each batch.
  virtual void run(const data::TextSet& texts, const std::function<void()>& stops, const See& see) = 0;
  /// Writes a file as transformers names its tensors, low-rank products added to their weights.
  virtual void save(const std::string& path, WhichWeights, const std::map<std::string, std::string>& metadata) = 0;
  /// Writes what low-rank adaptation has added, and the head, as PEFT does: adapter_model.safetensors and
  /// adapter_config.json.
  virtual void save_adapter(const std::string& folder, WhichWeights) = 0;
  [[nodiscard]] virtual bool finite() const = 0;
  [[nodiscard]] virtual std::string device() const = 0;
};

/// What can be said of a recipe of texts before it works.
struct TextRecipe {
  std::string model;     ///< for people: "minilm-l6"
  std::string recipe{};  ///< its type
  Settings defaults{};
  int blocks = 0;       ///< of which some can be frozen: embeddings and layers
  int positions = 512;  ///< tokens of a text at most
  std::size_t vocabulary = 0;
  std::map<std::string, std::string> config{};  ///< config.json as transformers has it: JSON values by key
  std::int64_t (*parameters)(TextTask, int classes, int frozen, bool trainable) = nullptr;
  std::unique_ptr<TextTrainer> (*start)(const TextTraining&) = nullptr;
};

}  // namespace tuneit::app
