#pragma once
// Where does a training loop get its batches? From a Loader of pictures (loader.hpp), or from a source of one's own.
// The loop knows no more than this, so that a program that trains in one translation unit and reads pictures in another
// compiles decoders, transforms and threads in the latter only.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tuneit/aten/make.hpp"

namespace tuneit::data {

struct TextNotes;  // data/text/text_notes.hpp

/// What one step trains on: at least one sample. A source that leaves samples out passes over a batch of which nothing
/// is left. All batches of a source have images of one shape; the loop refuses what is otherwise (batch_guard.hpp).
struct Batch {
  at::Tensor images;               ///< float32 [B, 3, S, S], B >= 1, channels_last; without pictures [B, numbers]
  at::Tensor labels;               ///< int64 [B], or float32 [B, K] where samples have K targets
  std::vector<std::size_t> index;  ///< the samples' positions in the list given to the Loader
  std::vector<at::Tensor> other_inputs{};   ///< of a network with several inputs: those behind the first, in its order
  std::vector<at::Tensor> other_targets{};  ///< of a recipe with several losses: those behind the first, in the order
                                            ///< in which the losses name their outputs

  /// How many samples it has.
  [[nodiscard]] std::size_t samples() const { return index.size(); }
  /// By number: 0 are the images.
  [[nodiscard]] const at::Tensor& input(std::size_t i) const { return i == 0 ? images : other_inputs.at(i - 1); }
  /// By number: 0 are the labels.
  [[nodiscard]] const at::Tensor& target(std::size_t i) const { return i == 0 ? labels : other_targets.at(i - 1); }
};

/// Of which elements an input or a target is.
enum class ItemType : std::uint8_t { Any, Number, Index, Truth };

/// An input or a target of a batch.
struct SchemaItem {
  std::string name{};
  std::optional<std::vector<std::int64_t>> sizes{};  ///< of a sample; -1: any; nothing: not said
  ItemType type = ItemType::Any;
};

/// What batches hold: inputs and targets by number (schema.hpp).
struct Schema {
  std::vector<SchemaItem> inputs{}, targets{};
};

/// A list of labelled samples, in batches: `start(epoch)`, then `next()` until it gives nothing.
class Batches {
 public:
  Batches() = default;
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;
  virtual ~Batches() = default;

  /// Epochs count from 1.
  void start(std::uint64_t epoch) { start(epoch, order(epoch)); }
  /// The same for these positions in the list, in this order.
  virtual void start(std::uint64_t epoch, std::vector<std::size_t> order) = 0;
  /// The next batch, or nothing at the end of the epoch (and before the first start).
  virtual std::optional<Batch> next() = 0;

  /// How long the list is, and the label of a position in it.
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual int label(std::size_t position) const = 0;
  /// Batch::labels of these positions.
  [[nodiscard]] virtual at::Tensor labels(std::span<const std::size_t> positions) const {
    at::Tensor out = aten::empty({static_cast<std::int64_t>(positions.size())}, at::TensorOptions(at::kLong));
    auto* const to = out.mutable_data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < positions.size(); ++i) to[i] = label(positions[i]);
    return out;
  }
  /// Batch::other_targets of these positions. A source that has some and does not say this has no features of its
  /// pictures kept.
  [[nodiscard]] virtual std::vector<at::Tensor> other_targets(std::span<const std::size_t> /*positions*/) const {
    return {};
  }
  /// What is in its batches, for `fit` to compare with what the recipe takes before it begins; of a source that does
  /// not say it, the first batch is looked at.
  [[nodiscard]] virtual std::optional<Schema> schema() const { return std::nullopt; }
  /// Of texts what figures of them ask for, names of tags and accepted answers; null: not known.
  [[nodiscard]] virtual const TextNotes* notes() const { return nullptr; }
  /// What a person calls this sample, for errors: its file.
  [[nodiscard]] virtual std::string describe(std::size_t position) const {
    return "sample " + std::to_string(position) + " of the data source (from 0)";
  }
  /// Are images and targets known to hold no NaN and no infinity? Where they are not, the loop looks at each batch: a
  /// network may turn NaN into an ordinary number (ReLU), and would learn it without a word.
  [[nodiscard]] virtual bool always_finite() const { return false; }
  /// Positions in the list in the order in which an epoch visits them.
  [[nodiscard]] virtual std::vector<std::size_t> order(std::uint64_t epoch) const = 0;
  [[nodiscard]] virtual std::size_t batch_size() const = 0;
  /// Samples of an epoch: `fit` refuses a source that gives more, or fewer beside those that it left out.
  [[nodiscard]] virtual std::size_t samples() const = 0;
  /// Of those, how many have been left out since start(), for sources that pass over what cannot be read.
  [[nodiscard]] virtual std::size_t left_out() const { return 0; }
  /// Batches of an epoch, the same in all epochs alike.
  [[nodiscard]] virtual std::size_t batches() const { return (samples() + batch_size() - 1) / batch_size(); }
  /// Has each batch but the last batch_size() samples, each by itself? Of a source of others, as of texts that go
  /// together, no features are kept, and several processes cannot share it.
  [[nodiscard]] virtual bool equal_batches() const { return true; }
  /// Of texts: the index of the token that stands behind those that are shorter than others of their batch.
  [[nodiscard]] virtual std::int64_t padding() const { return 0; }

  /// How many versions of a sample there are: 1 where nothing is drawn; 0: a fresh one every epoch.
  [[nodiscard]] virtual std::uint64_t views() const { return 1; }
  /// Which of them an epoch sees. Epochs of equal view have equal inputs.
  [[nodiscard]] std::uint64_t view(std::uint64_t epoch) const { return views() == 0 ? epoch : epoch % views(); }
  /// Random augmentation is to make so many versions, from the next start() on. For sources that draw.
  virtual void set_views(unsigned /*views*/) {}
  /// The next start() will be of this epoch, which counts from 1: batches(), samples() and views() are those of it. For
  /// sources whose batches change from epoch to epoch, as phases want it.
  virtual void enter_epoch(std::uint64_t /*epoch*/) {}
  /// How many epochs from this one on have batches of the same kind: what is kept of pictures is good for so long, and
  /// a recipe whose phases want different data refuses a source that never changes.
  [[nodiscard]] virtual std::uint64_t epochs_alike(std::uint64_t /*epoch*/) const { return ~std::uint64_t{0}; }
  /// Where the images are trained on, from the next start() on. A source may give them there; what it gives elsewhere
  /// is moved by the trainer.
  virtual void set_device(at::Device /*device*/) {}
  /// Seconds that next() has kept its caller waiting since start().
  [[nodiscard]] virtual double wait_seconds() const { return 0; }
};

}  // namespace tuneit::data
