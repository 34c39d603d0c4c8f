#pragma once
// Ten steps of a recipe in double precision, written down for Python: the script that the recipe writes, the tensors
// and the batches that both start from, and where the weights are in the end. check_python.py runs the script.
#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "parity.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/step/schema.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/export/python/emit.hpp"
#include "tuneit/io/weights/safetensors.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"

namespace twins {

using namespace tuneit;

/// A residual network with batch norms, as small as can be: the forms of ResNet in 12 x 12 pixels.
struct Small final : Network<Input<3, 12>,
                             Block<"stem", Named<"conv1", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"bn1", BatchNorm2d<8>>,
                                   ReLU, MaxPool2d<Window{3, 2, 1}>>,
                             Block<"layer1", Named<"layer1", Repeat<0, 2, resnet::BasicBlock<8, 8>>>>,
                             Block<"layer2", Named<"layer2", Repeat<0, 1, resnet::BasicBlock<8, 12, 2>>>>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<12, 5>>>> {};

inline constexpr int steps = 10, batches = 3;

/// Numbers that a trained network might have: evaluation differs from training mode, no gradient is zero by symmetry.
template <class Model>
void randomise(const Tensors& tensors, const at::Generator& g) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorRow& row = table<Model>.rows[i];
    at::Tensor t = tensors[i];
    if (row.owner == Owner::Norm && (row.kind == Kind::Weight || row.kind == Kind::RunningVar)) t.uniform_(0.5, 1.5, g);
    if (row.owner == Owner::Norm && (row.kind == Kind::Bias || row.kind == Kind::RunningMean)) t.normal_(0, 0.1, g);
    if (row.owner == Owner::Linear) t.normal_(0, 0.3, g);
  }
}

/// Three batches, the last one smaller; labels are classes, or [N, K] where the loss wants them so.
template <class R>
std::vector<std::pair<at::Tensor, at::Tensor>> make_batches(int side, int classes) {
  const auto g = make_generator(7);
  const at::TensorOptions doubles(at::kDouble);
  std::vector<std::pair<at::Tensor, at::Tensor>> all;
  for (int b = 0; b < batches; ++b) {
    const std::int64_t n = b + 1 < batches ? 6 : 4;
    const at::Tensor x = at::randn({n, R::model::input::channels, side, side}, g, doubles);
    at::Tensor y = at::randint(classes, {n}, g, at::kLong);
    if (target_kind<typename R::loss> == TargetKind::Probabilities) y = at::randn({n, classes}, g, doubles).softmax(1);
    if (target_kind<typename R::loss> == TargetKind::Values) y = at::randn({n, classes}, g, doubles);
    all.emplace_back(x, y);
  }
  return all;
}

/// Has R's network several inputs or outputs, or takes it targets of pixels, or indices? Then its batches are those of
/// its schema.
template <class R>
inline constexpr bool several = R::model::input::others::size > 0 ||
                                tuneit::detail::output_count<typename R::model> > 1 ||
                                tuneit::detail::targets_of_pixels<R>[0] ||
                                R::model::input::at(1).dtype != ElementType::Number;

/// Three such batches, the last one smaller.
template <class R>
std::vector<data::Batch> make_whole_batches(int side) {
  using Model = typename R::model;
  constexpr auto places = tuneit::detail::loss_places<R>;
  const auto g = make_generator(7);
  const auto input = [&](const Shape& shape, std::int64_t n) {
    std::vector<std::int64_t> sizes{n};
    for (int d = 0; d < shape.rank; ++d) sizes.push_back(shape.dims[d]);
    if (shape.dtype == ElementType::Index && shape.rank == 1)
      return at::randint(1, 5, sizes, g, at::kLong);  // no padding
    if (shape.dtype == ElementType::Truth) {          // rows of several lengths
      const at::Tensor length = at::randint(shape.dims[0] / 2, shape.dims[0] + 1, {n, 1}, g, at::kLong);
      return at::arange(shape.dims[0], at::kLong).lt(length);
    }
    if (shape.dtype == ElementType::Index) return at::randint(5, sizes, g, at::kLong);
    return at::randn(sizes, g, at::TensorOptions(at::kDouble));
  };
  std::vector<data::Batch> all;
  for (int b = 0; b < batches; ++b) {
    const std::int64_t n = b + 1 < batches ? 6 : 4;
    data::Batch batch;
    batch.images = input(Model::input::at(side), n);
    [&]<class... Others>(List<Others...>) {
      (batch.other_inputs.push_back(input(Others::at(Others::side), n)), ...);
      std::size_t at = 0;
      ((std::string_view(Others::name.data(), Others::name.size()) == "token_type_ids"
            ? void(batch.other_inputs[at++].remainder_(2))
            : void(++at)),
       ...);
    }(typename Model::input::others{});
    const auto target = [&]<class L, std::size_t I>(Type<L>, std::integral_constant<std::size_t, I>) {
      if (places.loss_of(places.output[I]) != static_cast<int>(I)) return;
      const Shape out = tuneit::detail::output_shape<Model, places.output[I]>();
      at::Tensor t = input(out, n);
      if (target_kind<L> == TargetKind::Classes) t = at::randint(out.channels(), {n}, g, at::kLong);
      if (target_kind<L> == TargetKind::Classes && out.rank == 2) {  // of tokens, some of which have none
        t = at::randint(out.channels(), {n, out.dims[0]}, g, at::kLong);
        t.masked_fill_(at::rand(t.sizes(), g).lt(0.3), no_label);
      }
      if (target_kind<L> == TargetKind::MultiLabel) t = t.gt(0.3).to(at::kDouble);
      if (places.target[I] == 0)
        batch.labels = t;
      else
        batch.other_targets.push_back(t);
    };
    [&]<class... Ls, std::size_t... I>(List<Ls...>, std::index_sequence<I...>) {
      (target(Type<Ls>{}, std::integral_constant<std::size_t, I>{}), ...);
    }(tuneit::detail::loss_items<typename R::loss>{},
      std::make_index_sequence<tuneit::detail::loss_items<typename R::loss>::size>{});
    all.push_back(std::move(batch));
  }
  return all;
}
/// As read_batches of the script has them.
template <class R>
void write_whole_batches(const std::filesystem::path& file, const std::vector<data::Batch>& all) {
  const data::Schema schema = tuneit::schema<R>();
  std::vector<io::NamedTensor> named;
  for (std::size_t b = 0; b < all.size(); ++b) {
    const std::string number = "." + std::to_string(b);
    named.push_back(weights::from_tensor("images" + number, all[b].images));
    named.push_back(weights::from_tensor("labels" + number, all[b].labels));
    for (std::size_t i = 0; i < all[b].other_inputs.size(); ++i)
      named.push_back(weights::from_tensor("input." + schema.inputs[i + 1].name + number, all[b].other_inputs[i]));
    for (std::size_t i = 0; i < all[b].other_targets.size(); ++i)
      named.push_back(weights::from_tensor("target." + schema.targets[i + 1].name + number, all[b].other_targets[i]));
  }
  io::write_safetensors(file, named);
}

inline void write_batches(const std::filesystem::path& file,
                          const std::vector<std::pair<at::Tensor, at::Tensor>>& data) {
  std::vector<io::NamedTensor> named;
  for (std::size_t b = 0; b < data.size(); ++b) {
    named.push_back(weights::from_tensor("images." + std::to_string(b), data[b].first));
    named.push_back(weights::from_tensor("labels." + std::to_string(b), data[b].second));
  }
  io::write_safetensors(file, named);
}

/// The names of one program's twins, for check_python.py.
inline std::ofstream& list_of(const std::string& program) {
  static std::ofstream file(made("python") / (program + ".list"));
  return file;
}

template <class R>
void write_twin(const std::string& program, const std::string& name, int side = R::model::input::side) {
  using Model = typename R::model;
  INFO(name);
  Settings s = defaults<R>();
  if (s.classes < 1) s.classes = 3;  // of a Dynamic head
  at::set_num_threads(1);            // for tensors as small as these a second one is only waited for
  const std::filesystem::path directory = made("python");
  list_of(program) << "twin " << name << std::endl;
  std::ofstream(directory / (name + ".py")) << emit_python<R>(s, {.steps_per_epoch = batches});

  Trainer<R> trainer(s);
  randomise<Model>(trainer.tensors(), make_generator(3));
  save_weights<Model>(trainer.tensors(), directory / (name + ".init.safetensors"));
  std::vector<at::Tensor> start;
  for (const at::Tensor& t : trainer.tensors()) start.push_back(t.clone());

  const auto data = [&] {
    if constexpr (several<R>)
      return make_whole_batches<R>(side);
    else
      return make_batches<R>(side, s.classes);
  }();
  if constexpr (several<R>)
    write_whole_batches<R>(directory / (name + ".batches.safetensors"), data);
  else
    write_batches(directory / (name + ".batches.safetensors"), data);

  const long long spe = trainer.steps_in(static_cast<long long>(data.size()));
  while (trainer.steps_done() < steps) {
    trainer.begin_epoch(spe);
    for (const auto& batch : data) {
      if (trainer.steps_done() == steps) continue;
      if constexpr (several<R>)
        trainer.step(batch, spe);
      else
        trainer.step(batch.first.contiguous(at::MemoryFormat::ChannelsLast), batch.second, spe);
    }
    if constexpr (requires { trainer.finish_window(spe); })
      if (trainer.steps_done() < steps) trainer.finish_window(spe);
  }
  const Tensors& end = trainer.best_tensors();  // the averages, where there are any
  save_weights<Model>(end, directory / (name + ".expected.safetensors"));

  // what never moves is what it was, to the bit; everything else moved
  std::ofstream frozen(directory / (name + ".frozen"));
  for (std::size_t i = 0; i < start.size(); ++i) {
    bool moves = false;
    for (const auto& p : plans<R>)
      moves = moves || (table<Model>.rows[i].is_buffer() ? p.rows[i].batch_statistics : !p.rows[i].frozen);
    INFO(table<Model>.name(i));
    CHECK(end[i].equal(start[i]) == !moves);
    if (!moves) frozen << table<Model>.name(i) << "\n";
  }
}

/// A twin of Finetune<Model, Policies...> in double precision.
template <class Model, class... Policies>
void twin(const std::string& program, const std::string& name, int side = Model::input::side) {
  using R = Finetune<Model, Policies..., Precision<FP64>>;
  write_twin<R>(program, name, side);
}

/// Rates and momenta of R at every step, with epochs of several lengths; those of a table with its own alone.
template <class R>
void write_curve(const std::string& program, const std::string& name, std::vector<long long> lengths) {
  INFO(name);
  const std::filesystem::path directory = made("python");
  list_of(program) << "curve " << name << std::endl;
  const Settings s = defaults<R>();
  std::ofstream(directory / (name + ".py")) << emit_python<R>(s, {.steps_per_epoch = lengths.front()});
  std::ofstream curve(directory / (name + ".curve"));
  curve.precision(17);
  for (const long long spe : lengths)
    for (long long step = 0; step < s.epochs * spe; ++step) {
      const auto n = optimizer_at<R>(s, step, spe);
      const bool betas = n.named("beta1") != 0;
      curve << spe << " " << step << " " << n.lr << " " << n.named(betas ? "beta1" : "momentum") << "\n";
    }
}

/// A script that is only run.
template <class R>
void write_run(const std::string& program, const std::string& name) {
  INFO(name);
  const std::filesystem::path directory = made("python");
  list_of(program) << "run " << name << std::endl;
  std::ofstream(directory / (name + ".py")) << emit_python<R>();
  const Trainer<Finetune<typename R::root>> trainer(defaults<Finetune<typename R::root>>());
  save_weights<typename R::root>(trainer.tensors(), directory / (name + ".weights.safetensors"));
  write_batches(directory / (name + ".batches.safetensors"),
                make_batches<R>(R::model::input::side, defaults<R>().classes));
}

/// What a script makes of a file of the network before rules changed it: all tensors but those that start from random
/// numbers are as a trainer has them that loads the file.
template <class R>
void write_start(const std::string& program, const std::string& name) {
  using Model = typename R::model;
  using Base = typename R::root;
  INFO(name);
  const std::filesystem::path directory = made("python"), file = directory / (name + ".weights.safetensors");
  list_of(program) << "start " << name << std::endl;
  std::ofstream(directory / (name + ".py")) << emit_python<R>();
  const Trainer<Finetune<Base>> plain(defaults<Finetune<Base>>());
  save_weights<Base>(plain.tensors(), file);
  Trainer<R> trainer(defaults<R>());
  load_weights(trainer, file);
  save_weights<Model>(trainer.tensors(), directory / (name + ".expected.safetensors"));
  std::ofstream random(directory / (name + ".random"));
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    const bool drawn = row.start == FirstValues::FanIn || row.start == FirstValues::Usual;
    if (plan<R>.rows[i].starts_from == Origin::Fresh && drawn) random << table<Model>.name(i) << "\n";
  }
}

}  // namespace twins
