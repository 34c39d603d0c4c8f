// Texts: reading, tokens, figures and files, all without LibTorch.
#include "texts.hpp"

#include "minilm.hpp"
#include "tuneit/app/text/run_texts.hpp"

using namespace tuneit;

bool is_of_texts(const std::string& model) { return model == "minilm-l6" || model == "minilm"; }

void run_texts(app::Options o, const app::TextChoices& texts, const std::string& freeze, double head_lr_scale,
               const std::string& schedule) {
  const app::TextRecipe recipe = minilm_recipe(texts.lora);
  o.name = recipe.model;
  const Settings& own = recipe.defaults;
  Settings s = own;
  static_cast<RunOptions&>(s) = o.settings;
  const auto given = [&](const char* option) { return o.given.count(option) > 0; };
  if (given("--epochs")) s.epochs = o.settings.epochs;
  if (given("--batch-size")) s.batch_size = o.settings.batch_size;
  if (given("--lr")) s.optimizer.lr = o.settings.optimizer.lr;
  if (given("--weight-decay")) s.optimizer.weight_decay = o.settings.optimizer.weight_decay;
  s.label_smoothing = o.settings.label_smoothing;
  s.precision = o.settings.precision;
  if (!given("--warmup-epochs")) o.warmup_epochs = 0.1 * s.epochs;
  if (schedule == "step")
    throw Error(ErrorKind::Usage, "--schedule step is for pictures, and " + o.name + " is a model of texts",
                "Give linear, cosine or constant.");
  o.settings = s;
  app::TextTraining how;
  how.threads = o.threads;
  how.schedule = schedule == "cosine"     ? app::TextSchedule::Cosine
                 : schedule == "constant" ? app::TextSchedule::Constant
                                          : app::TextSchedule::Linear;
  how.layer_decay = texts.layer_decay;
  how.head_lr_scale = head_lr_scale;
  app::run_texts(std::move(o), texts, recipe, how, freeze);
}
