#pragma once
// What does a file of weights say of its model? Names of its outputs, pictures as it wants them, architecture: one JSON
// text in the file's metadata, under the key "tuneit".
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// What becomes of a picture before the network sees it in a test.
struct Preprocessing {
  int side = 0;                            ///< pixels that the network sees: side x side
  int resize = 0;                          ///< the short side before the middle is cut out; 0: whole pictures are
                                           ///< resized to side x side, whatever that does to their ratio
  std::string interpolation = "bilinear";  ///< antialiased
  std::vector<double> mean{0.485, 0.456, 0.406}, stddev{0.229, 0.224, 0.225};  ///< of (byte / 255), for each channel
  bool exif_orientation = false;   ///< pictures are turned as their EXIF says
  bool scaled_decoding = false;    ///< JPEGs are decoded at a part of their size where that is enough
  std::string test_views = "one";  ///< one, mirror, five-crops or ten-crops
  friend bool operator==(const Preprocessing&, const Preprocessing&) = default;
};

/// Which pictures a model has seen: fingerprints (of all that its data had, and of those that it was trained on), and
/// the split that was asked for, which counts where the data had no test part of its own.
struct TrainedOn {
  std::string all, train;
  bool split = false;
  double test_fraction = 0;
  std::uint64_t split_seed = 0;
  unsigned folds = 0, fold = 0;  ///< fold counts from 0
  friend bool operator==(const TrainedOn&, const TrainedOn&) = default;
};

/// Every part may be unknown: empty, 0 or absent.
struct ModelCard {
  static constexpr int version = 1;  ///< of the format; a file of a newer one is refused

  std::string library;             ///< the version of tuneit that wrote it
  std::string model;               ///< ResNet18
  std::string head;                ///< the tensor whose rows are the outputs: fc.weight
  int outputs = 0;                 ///< of the head
  int channels = 0;                ///< of the pictures
  std::string learns;              ///< classes, labels (several a picture) or numbers
  std::string loss;                ///< CrossEntropy, BinaryCrossEntropy, Focal or MeanSquaredError
  std::vector<std::string> names;  ///< of the classes, labels or numbers, in the order of the outputs; any bytes.
                                   ///< One output for two classes is the second one's
  std::optional<Preprocessing> preprocessing;
  std::optional<TrainedOn> trained_on;
  std::string other;  ///< what else the text said, as JSON: written again by text_of

  friend bool operator==(const ModelCard&, const ModelCard&) = default;
};

/// The key of the metadata.
inline constexpr const char* model_card_key = "tuneit";

/// The card as JSON, in UTF-8 whatever bytes its names have: parse_model_card gives the same card again. Throws
/// Error(Weights) for other texts that are no UTF-8.
[[nodiscard]] inline std::string text_of(const ModelCard& card) {
  using nlohmann::json;
  json j = card.other.empty() ? json::object() : json::parse(card.other);
  const auto put = [](json& to, const char* key, const auto& value, bool known) {
    if (known) to[key] = value;
  };
  j["version"] = ModelCard::version;
  put(j, "library", card.library, !card.library.empty());
  json& architecture = j["architecture"];
  put(architecture, "model", card.model, !card.model.empty());
  put(architecture, "head", card.head, !card.head.empty());
  put(architecture, "outputs", card.outputs, card.outputs > 0);
  put(architecture, "channels", card.channels, card.channels > 0);
  json& learns = j["learns"];
  put(learns, "kind", card.learns, !card.learns.empty());
  put(learns, "loss", card.loss, !card.loss.empty());
  for (const std::string& name : card.names) learns["names"].push_back(utf8_text(name));
  if (const auto& p = card.preprocessing) {
    json& to = j["preprocessing"];
    to["side"] = p->side;
    to["resize"] = p->resize;
    to["interpolation"] = p->interpolation;
    to["mean"] = p->mean;
    to["std"] = p->stddev;
    to["exif_orientation"] = p->exif_orientation;
    to["scaled_decoding"] = p->scaled_decoding;
    to["test_views"] = p->test_views;
  }
  if (const auto& t = card.trained_on) {
    json& to = j["trained_on"];
    put(to, "all", t->all, !t->all.empty());
    put(to, "train", t->train, !t->train.empty());
    if (t->split) {
      json& split = to["split"];
      split["test_fraction"] = t->test_fraction;
      split["seed"] = t->split_seed;
      split["folds"] = t->folds;
      split["fold"] = t->fold;
    }
  }
  for (const char* const part : {"architecture", "learns", "trained_on"})
    if (j.contains(part) && j[part].is_null()) j[part] = json::object();
  try {
    return j.dump();
  } catch (const json::exception&) {
    throw Error(ErrorKind::Weights, "the description of the model " + quote(card.model) +
                                        " cannot be written: a text in it other than the names is no UTF-8");
  }
}

}  // namespace tuneit::io
