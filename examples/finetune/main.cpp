// tuneit-finetune: fine-tunes a pretrained network on one's own pictures or texts, without a compiler.
#include <ATen/Parallel.h>

#include <algorithm>

#include "choices.hpp"
#include "texts.hpp"
#include "tuneit/app/guarded.hpp"
#include "tuneit/app/options/command_line.hpp"
#include "tuneit/app/run/run.hpp"
#include "tuneit/version.hpp"

using namespace tuneit;

namespace {

/// Completes what was left open, and refuses combinations that make no sense, before anything is read.
void complete(Choices& o, bool texts) {
  Settings& s = o.settings;
  app::check_kind_of_options(o, texts);
  app::complete(o);
  if (o.scratch && o.freeze != "none" && o.freeze != "0")
    throw Error(ErrorKind::Usage, "--scratch with --freeze " + o.freeze + " would freeze random weights",
                "Train everything from scratch, or start from --weights.");
  if (o.freeze != "none" && o.freeze != "backbone" &&
      (o.freeze.empty() || o.freeze.size() > 4 ||
       !std::all_of(o.freeze.begin(), o.freeze.end(), [](char c) { return '0' <= c && c <= '9'; })))
    throw Error(ErrorKind::Usage, "--freeze " + o.freeze + " is not known",
                "Give none, backbone, or a number of blocks.");
  if (texts) return;
  if (app::only_texts(o.data))
    throw Error(ErrorKind::Usage, o.data + " holds texts, and " + o.name + " is a model of pictures",
                "Give --model minilm-l6.");
  if (o.schedule == "linear")
    throw Error(ErrorKind::Usage, "--schedule linear is for texts, and " + o.name + " is a model of pictures",
                "Give constant, step or cosine.");
  s.schedule = o.schedule == "constant" ? ScheduleKind::Constant
               : o.schedule == "step"   ? ScheduleKind::Step
                                        : ScheduleKind::Cosine;
  if (!o.lr_given) s.optimizer.lr = s.chosen_optimizer == 0 ? 5e-3 : 2e-4;
  if (!o.decay_given) s.optimizer.weight_decay = s.chosen_optimizer == 2 ? 1e-2 : 1e-4;
  if (!o.momentum_given) s.optimizer.momentum = s.chosen_optimizer == 0 ? 0.9 : 0;
}

}  // namespace

void run_chosen(const Choices& o, const app::RecipeInfo& kind) {
  app::Options options = o;
  options.settings.values = kind.defaults.values;
  for (const NamedNumber& n : kind.numbers)
    if (std::string_view(n.name) == "lr-scale")
      options.settings.values[n.at] = o.head_lr_scale > 0 ? o.head_lr_scale : o.scratch ? 1 : n.number->value;
  if (!o.given.contains("--image-size")) options.settings.side = kind.defaults.side;
  app::run(options, kind);
}

int main(int argc, char** argv) {
  Choices o;
  o.name = "resnet18";
  o.warmup_epochs = 0;
  Settings& s = o.settings;
  app::TextChoices texts;
  CLI::App app{"Fine-tunes a pretrained network on your own pictures or texts (tuneit " +
               std::to_string(TUNEIT_VERSION_MAJOR) + "." + std::to_string(TUNEIT_VERSION_MINOR) + ")"};
  app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option(
      "--model", o.name,
      "resnet18 34 50 101 152, efficientnet-lite0 to 4, mobilenet-v2, vgg11 13 16 19 and vgg11-bn ...; of texts "
      "minilm-l6");
  double cache_gigabytes = 0;
  app::add_common_options(app, o, cache_gigabytes);
  app.add_option("--freeze", o.freeze, "none, backbone, or N: the first N blocks do not train");
  app.add_option("--head-lr-scale", o.head_lr_scale, "the head's rate is this times --lr (default 10, from scratch 1)")
      ->default_str("")
      ->check(app::positive());
  app.add_option("--epochs", s.epochs, "passes over the training pictures (of texts: 3)")->check(app::in(1, 1000000));
  auto* lr =
      app.add_option("--lr", s.optimizer.lr, "learning rate (default 2e-4, SGD 5e-3; of texts 5e-5, with --lora 5e-4)")
          ->default_str("")
          ->check(app::positive());
  enum class Optimizers { Sgd, Adam, AdamW };  // of a ChosenOptimizer, in its order
  std::map<std::string, Optimizers> optimizers{
      {"sgd", Optimizers::Sgd}, {"adam", Optimizers::Adam}, {"adamw", Optimizers::AdamW}};
  int optimizer = static_cast<int>(Optimizers::AdamW);
  app.add_option("--optimizer", optimizer, "sgd, adam or adamw")
      ->transform(app::one_of(optimizers))
      ->default_str("adamw");
  auto* momentum =
      app.add_option("--momentum", s.optimizer.momentum, "of SGD (default 0.9)")->default_str("")->check(app::share());
  app.add_flag_callback(
      "--nesterov", [&] { s.optimizer.nesterov = 1; }, "Nesterov momentum");
  auto* decay = app.add_option("--weight-decay", s.optimizer.weight_decay, "default 1e-2 for adamw, else 1e-4")
                    ->default_str("")
                    ->check(app::not_negative());
  app.add_option("--schedule", o.schedule, "constant, step or cosine; of texts linear, cosine or constant")
      ->check(app::one_of(std::vector<std::string>{"constant", "step", "cosine", "linear"}))
      ->default_str("cosine, of texts linear");
  app.add_option("--step-epochs", s.step_epochs, "the step schedule lowers the rate every so many epochs")
      ->check(app::in(1, 1000000));
  app.add_option("--step-gamma", s.step_gamma, "by this factor")->check(app::in(0.0, 1.0));
  app.add_option("--warmup-epochs", o.warmup_epochs, "the rate rises from 0 over this time")
      ->check(app::not_negative());
  app.add_option("--label-smoothing", s.label_smoothing, "in [0, 1)")->check(app::share());
  app.add_option(
         "--skip-at-most", o.skip_at_most,
         "so many pictures that cannot be read are left out and listed (default 0: the first ends the training)")
      ->default_str("")
      ->check(app::in(0, 1000000000));
  std::map<std::string, PrecisionKind> numbers{{"auto", PrecisionKind::Auto},
                                               {"fp32", PrecisionKind::Single},
                                               {"bf16", PrecisionKind::BFloat16},
                                               {"fp16", PrecisionKind::Half}};
  s.precision = PrecisionKind::Auto;
  app.add_option("--precision", s.precision, "auto, fp32, bf16 or fp16; auto: bf16 where the device computes in it")
      ->transform(app::one_of(numbers))
      ->default_str("auto");
  app::add_text_options(app, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ErrorKind::Usage);
  }
  return app::guarded("tuneit-finetune", [&] {
    o.lr_given = lr->count() > 0;
    o.momentum_given = momentum->count() > 0;
    o.decay_given = decay->count() > 0;
    app::note_given(app, o);
    for (char& c : o.name) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool of_texts = is_of_texts(o.name) || (!o.given.contains("--model") && app::is_text_model(o.weights));
    if (of_texts) {
      if (!o.given.contains("--model")) o.name = "minilm-l6";
      complete(o, true);
      return run_texts(o, texts, o.freeze, o.head_lr_scale, o.given.contains("--schedule") ? o.schedule : "linear");
    }
    const std::string in_file = o.given.contains("--model") ? std::string{} : app::model_to_test(o);
    if (!in_file.empty()) o.name = app::plain_name(in_file);
    s.cache_bytes = static_cast<std::int64_t>(std::min(cache_gigabytes, 1e6) * 0x1p30);
    const OptimizerSettings given = s.optimizer;
    choose_optimizer<ChosenOptimizer>(s, optimizer);
    s.optimizer = given;  // what is not given there, `complete` says
    complete(o, false);
    at::set_num_threads(o.threads);
    if (!run_resnet(o) && !run_efficientnet_lite(o) && !run_mobilenet(o) && !run_vgg(o))
      throw Error(ErrorKind::Usage,
                  in_file.empty() ? "no model is called " + o.name
                                  : o.weights + " holds a " + in_file + ", which is not among this program's models",
                  "Known are resnet18, resnet34, resnet50, resnet101, resnet152, efficientnet-lite0 to "
                  "efficientnet-lite4, mobilenet-v2, vgg11, vgg13, vgg16, vgg19 and the latter with -bn; of texts "
                  "minilm-l6.");
  });
}
