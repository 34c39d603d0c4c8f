#pragma once
// A recipe at work behind one interface, so that the program around it is compiled once and not once per recipe. The
// virtual call is per step of the program; inside of a step there is none.
#include <memory>
#include <string>

#include "options.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/weights/match.hpp"

class Session {
 public:
  virtual ~Session() = default;

  // as Trainer
  [[nodiscard]] virtual const tuneit::Settings& settings() const = 0;
  [[nodiscard]] virtual double rate(long long steps_per_epoch) const = 0;
  virtual tuneit::BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) = 0;
  [[nodiscard]] virtual at::Tensor logits(const at::Tensor& images) const = 0;
  [[nodiscard]] virtual const tuneit::Tensors& tensors() const = 0;
  [[nodiscard]] virtual std::size_t frozen_blocks() const = 0;
  [[nodiscard]] virtual at::Tensor features(const at::Tensor& images) const = 0;
  virtual tuneit::BatchResult step_features(const at::Tensor& features, const at::Tensor& labels,
                                            long long steps_per_epoch) = 0;
  [[nodiscard]] virtual at::Tensor logits_from(const at::Tensor& features) const = 0;

  // its files
  virtual std::vector<std::string> load(const std::string& path, bool fresh_head,
                                        const tuneit::weights::MatchOptions&) = 0;
  virtual void save(const tuneit::Tensors&, const std::string& path,
                    const std::map<std::string, std::string>& metadata) const = 0;
};

/// A recipe before it works: what can be asked without tensors.
struct RecipeInfo {
  std::string model, recipe;  ///< names for people
  std::string head;           ///< the name of the head's weight in files
  tuneit::Settings defaults;
  std::string (*explain)(const tuneit::Settings&);
  std::unique_ptr<Session> (*start)(const tuneit::Settings&);
  std::int64_t (*parameters)(bool frozen, int classes);
  std::int64_t (*features)(const tuneit::Settings&);  ///< numbers that frozen blocks make of a picture, or 0
};

/// Everything that the program does with the recipe that was chosen.
void run(const Options&, const RecipeInfo&);
