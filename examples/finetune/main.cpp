// tuneit-finetune: fine-tunes a pretrained network on one's own pictures, without a compiler.
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <thread>

#include "options.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/version.hpp"

using namespace tuneit;

data::Augment train_augment(const Options& o, int side) {
  if (o.augment == "none") return data::no_augment(side);
  return o.augment == "flips" ? data::flips(side) : data::imagenet_train(side);
}
data::Augment test_augment(const Options& o, int side) {
  return o.augment == "flips" ? data::whole_picture(side) : data::imagenet_eval(side);
}

namespace {

/// Completes what was left open, and refuses combinations that make no sense, before anything is read.
void complete(Options& o) {
  for (char& c : o.model) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  Settings& s = o.settings;
  if (o.scratch && !o.weights.empty())
    throw Error(Fault::Usage, "--scratch starts from random weights, --weights from a file", "Give one of them.");
  if (!o.scratch && o.weights.empty())
    throw Error(Fault::Usage, "no weights to start from",
                "Give --weights FILE (safetensors or .pth), or --scratch to train from random weights.");
  if (o.scratch && o.evaluate) throw Error(Fault::Usage, "--evaluate tests a model; random weights are none");
  if (o.scratch && o.freeze != "none" && o.freeze != "0")
    throw Error(Fault::Usage, "--scratch with --freeze " + o.freeze + " would freeze random weights",
                "Train everything from scratch, or start from --weights.");
  if (o.freeze != "none" && o.freeze != "backbone" &&
      (o.freeze.empty() || o.freeze.size() > 4 ||
       !std::all_of(o.freeze.begin(), o.freeze.end(), [](char c) { return '0' <= c && c <= '9'; })))
    throw Error(Fault::Usage, "--freeze " + o.freeze + " is not known", "Give none, backbone, or a number of blocks.");
  if (!o.lr_given) s.optimizer.lr = s.algorithm == Algorithm::Sgd ? 5e-3 : 2e-4;
  if (!o.decay_given) s.optimizer.weight_decay = s.algorithm == Algorithm::AdamW ? 1e-2 : 1e-4;
  if (!o.momentum_given) s.optimizer.momentum = s.algorithm == Algorithm::Sgd ? 0.9 : 0;
  s.head_lr_scale = o.head_lr_scale > 0 ? o.head_lr_scale : o.scratch ? 1 : 10;
  if (o.out.empty()) o.out = "runs/" + o.model;
  if (o.threads <= 0) o.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (o.workers < 0) o.workers = o.threads;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Settings& s = o.settings;
  bool no_augment = false;
  // Help shows what the words say; the ranges are told to those who leave them.
  const CLI::Validator positive = CLI::Range(1e-300, 1e300).description("");
  const CLI::Validator not_negative = CLI::Range(0.0, 1e300).description("");
  CLI::App app{"Fine-tunes a pretrained network on your own pictures (tuneit " + std::to_string(TUNEIT_VERSION_MAJOR) +
               "." + std::to_string(TUNEIT_VERSION_MINOR) + ")"};
  app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--model", o.model,
                 "resnet18 34 50 101 152, efficientnet-lite0 to 4, mobilenet-v2, vgg11 13 16 19 and vgg11-bn ...");
  app.add_option("--weights", o.weights, "file to start from: safetensors or .pth");
  app.add_option("--strip-prefix", o.strip_prefix, "the file's names begin with this, for example backbone.");
  app.add_flag("--allow-cast", o.allow_cast, "convert half or double precision weights to single precision");
  app.add_option(
         "--data", o.data,
         "folder of class folders (with train/ and test/ or val/, or to be split), or a CSV of paths and labels")
      ->required();
  app.add_option("--out", o.out, "folder of this run (default runs/MODEL)");
  app.add_flag("--scratch", o.scratch, "train from random weights, for comparison");
  app.add_flag("--dry-run", o.dry_run, "print the plan and stop");
  app.add_flag("--evaluate", o.evaluate, "only test the model in --weights");
  app.add_option("--logits", o.logits, "write one CSV row per test picture: path, label, logits");
  app.add_option("--freeze", o.freeze, "none, backbone, or N: the first N blocks do not train");
  app.add_option("--head-lr-scale", o.head_lr_scale, "the head's rate is this times --lr (default 10, from scratch 1)")
      ->default_str("")
      ->check(positive);
  app.add_option("--epochs", s.epochs, "passes over the training pictures")
      ->check(CLI::Range(1, 1000000).description(""));
  app.add_option("--batch-size", s.batch_size, "pictures per step")->check(CLI::Range(1, 1000000).description(""));
  auto* lr = app.add_option("--lr", s.optimizer.lr, "learning rate (default 2e-4, SGD 5e-3)")
                 ->default_str("")
                 ->check(positive);
  std::map<std::string, Algorithm> algorithms{
      {"sgd", Algorithm::Sgd}, {"adam", Algorithm::Adam}, {"adamw", Algorithm::AdamW}};
  s.algorithm = Algorithm::AdamW;
  app.add_option("--optimizer", s.algorithm, "sgd, adam or adamw")
      ->transform(CLI::CheckedTransformer(algorithms, CLI::ignore_case).description(""))
      ->default_str("adamw");
  auto* momentum = app.add_option("--momentum", s.optimizer.momentum, "of SGD (default 0.9)")
                       ->default_str("")
                       ->check(CLI::Range(0.0, 0.9999).description(""));
  app.add_flag("--nesterov", s.optimizer.nesterov, "Nesterov momentum");
  auto* decay = app.add_option("--weight-decay", s.optimizer.weight_decay, "default 1e-2 for adamw, else 1e-4")
                    ->default_str("")
                    ->check(not_negative);
  std::map<std::string, ScheduleKind> schedules{
      {"constant", ScheduleKind::Constant}, {"step", ScheduleKind::Step}, {"cosine", ScheduleKind::Cosine}};
  s.schedule = ScheduleKind::Cosine;
  app.add_option("--schedule", s.schedule, "constant, step or cosine")
      ->transform(CLI::CheckedTransformer(schedules, CLI::ignore_case).description(""))
      ->default_str("cosine");
  app.add_option("--step-epochs", s.step_epochs, "the step schedule lowers the rate every so many epochs")
      ->check(CLI::Range(1, 1000000).description(""));
  app.add_option("--step-gamma", s.step_gamma, "by this factor")->check(CLI::Range(0.0, 1.0).description(""));
  app.add_option("--warmup-epochs", o.warmup_epochs, "the rate rises from 0 over this time")->check(not_negative);
  app.add_option("--label-smoothing", s.label_smoothing, "in [0, 1)")->check(CLI::Range(0.0, 0.9999).description(""));
  std::map<std::string, NumberType> numbers{{"auto", NumberType::Auto},
                                            {"fp32", NumberType::Single},
                                            {"bf16", NumberType::BFloat16},
                                            {"fp16", NumberType::Half}};
  s.numbers = NumberType::Auto;
  app.add_option("--precision", s.numbers, "auto, fp32, bf16 or fp16; auto: bf16 where the device computes in it")
      ->transform(CLI::CheckedTransformer(numbers, CLI::ignore_case).description(""))
      ->default_str("auto");
  std::map<std::string, DeviceKind> devices{
      {"auto", DeviceKind::Auto}, {"cpu", DeviceKind::Cpu}, {"cuda", DeviceKind::Cuda}};
  app.add_option("--device", s.device, "auto, cpu or cuda; auto: a GPU if there is one")
      ->transform(CLI::CheckedTransformer(devices, CLI::ignore_case).description(""))
      ->default_str("auto");
  app.add_option("--augment", o.augment,
                 "imagenet: random crops and mirror images; flips: whole pictures, turned over; none")
      ->check(CLI::IsMember({"imagenet", "flips", "none"}).description(""));
  app.add_flag("--no-augment", no_augment, "the same as --augment none");
  app.add_option("--views", s.views,
                 "random augmentation makes so many versions of each picture (default 0: fresh ones every epoch)")
      ->default_str("")
      ->check(CLI::Range(0, 1000000).description(""));
  app.add_flag("!--no-feature-cache", s.cache_features,
               "compute what frozen blocks make of a picture in every epoch anew");
  double cache_gigabytes = static_cast<double>(s.cache_bytes) * 0x1p-30;
  app.add_option("--feature-cache-gb", cache_gigabytes, "gigabytes of it in memory (default 2); more go to a file")
      ->default_str("")
      ->check(not_negative);
  auto* side =
      app.add_option("--image-size", s.side, "side of the pictures in pixels (default: what the model was made for)")
          ->default_str("")
          ->check(CLI::Range(32, 1024).description(""));
  app.add_option("--test-fraction", o.test_fraction, "where the data has no test part: this share of each class")
      ->check(CLI::Range(0.0, 0.95).description(""));
  app.add_option("--split-seed", o.split_seed, "of that split");
  app.add_option("--seed", s.seed, "of everything else that is random");
  app.add_option("--threads", o.threads, "of the network's arithmetic (default: all cores)")
      ->default_str("")
      ->check(CLI::Range(0, 1024).description(""));
  app.add_option("--workers", o.workers, "threads that read and augment pictures (default: as --threads)")
      ->default_str("")
      ->check(CLI::Range(0, 256).description(""));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(Fault::Usage);
  }
  try {
    if (no_augment) o.augment = "none";
    o.lr_given = lr->count() > 0;
    o.momentum_given = momentum->count() > 0;
    o.decay_given = decay->count() > 0;
    o.side_given = side->count() > 0;
    s.cache_bytes = static_cast<std::int64_t>(std::min(cache_gigabytes, 1e6) * 0x1p30);
    complete(o);
    at::set_num_threads(o.threads);
    if (!run_resnet(o) && !run_efficientnet_lite(o) && !run_mobilenet(o) && !run_vgg(o))
      throw Error(Fault::Usage, "no model is called " + o.model,
                  "Known are resnet18, resnet34, resnet50, resnet101, resnet152, efficientnet-lite0 to "
                  "efficientnet-lite4, mobilenet-v2, vgg11, vgg13, vgg16, vgg19 and the latter with -bn.");
    return 0;
  } catch (const Error& e) {
    std::cerr << "tuneit-finetune: " << e.what() << "\n";
    return e.exit_status();
  } catch (const std::bad_alloc&) {
    std::cerr << "tuneit-finetune: out of memory\n  lower --batch-size or --image-size\n";
    return static_cast<int>(Fault::Memory);
  } catch (const std::exception& e) {
    std::string what = e.what();
    std::cerr << "tuneit-finetune: " << what.substr(0, what.find('\n')) << "\n";
    return 1;
  }
}
