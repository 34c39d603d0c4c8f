// Weights into a network: whole or not at all, whatever the file is like.
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "../data/picture_files.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct Small final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<4>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 5>>>> {};
using Loaded = Finetune<Small>;
using Two = Finetune<Small, ReplaceHead<2>>;
using Reused = Finetune<Small, ReplaceHead<3, Zeros>, ReuseRows<Row<0, 4>, Row<2, 1>>>;

/// Values that tell every element apart, and that half precision holds.
std::vector<io::NamedTensor> all_tensors() {
  std::vector<io::NamedTensor> out;
  for (std::size_t i = 0; i < table<Small>.size; ++i) {
    const TensorRow& row = table<Small>.rows[i];
    const std::vector<std::int64_t> shape(row.dims, row.dims + row.rank);
    std::int64_t count = 1;
    for (const std::int64_t side : shape) count *= side;
    const at::Tensor values = at::arange(count, at::kFloat).div(4).add(static_cast<double>(10 * i)).view(shape);
    const bool batches = row.kind == Kind::BatchCount;
    out.push_back(weights::from_tensor(std::string(table<Small>.name(i)), batches ? values.to(at::kLong) : values));
  }
  return out;
}

io::NamedTensor& named(std::vector<io::NamedTensor>& tensors, const std::string& name) {
  for (io::NamedTensor& tensor : tensors)
    if (tensor.name == name) return tensor;
  FAIL("no " << name);
  return tensors.front();
}

void put(io::NamedTensor& tensor, std::size_t at, float value) {
  std::memcpy(tensor.bytes.data() + at * sizeof value, &value, sizeof value);
}

template <class R>
Trainer<R> trainer() {
  return Trainer<R>(defaults<R>());
}

/// Loading must throw Error(Weights) with these words, and leave every tensor as it was.
template <class R>
void refuses(const std::filesystem::path& path, const std::vector<std::string>& words,
             const weights::MatchOptions& options = {}) {
  const Trainer<R> model = trainer<R>();
  std::vector<at::Tensor> before;
  for (const at::Tensor& tensor : model.tensors()) before.push_back(tensor.detach().clone());
  std::string message;
  try {
    load_weights(model, path, options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Weights);
    message = error.what();
  }
  for (const std::string& word : words) CHECK_THAT(message, Catch::Contains(word));
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(model.tensors()[i].equal(before[i]));
}

template <class R>
std::vector<std::string> loads(const Trainer<R>& model, const std::vector<io::NamedTensor>& file,
                               const weights::MatchOptions& options = {}) {
  const test::TempFolder folder;
  io::write_safetensors(folder.path() / "a.safetensors", file);
  return load_weights(model, folder.path() / "a.safetensors", options);
}

const at::Tensor& of(const Trainer<Loaded>& model, std::string_view name) {
  for (std::size_t i = 0; i < table<Small>.size; ++i)
    if (table<Small>.name(i) == name) return model.tensors()[i];
  FAIL("no tensor of that name");
  return model.tensors().front();
}

}  // namespace

TEST_CASE("a file that fits is loaded, tensors without dimensions included") {
  const Trainer<Loaded> model = trainer<Loaded>();
  CHECK(loads(model, all_tensors()).empty());
  auto file = all_tensors();
  for (std::size_t i = 0; i < file.size(); ++i) CHECK(model.tensors()[i].equal(weights::to_tensor(file[i])));
  const at::Tensor& batches = of(model, "n.num_batches_tracked");
  CHECK(batches.dim() == 0);
  CHECK(batches.item<std::int64_t>() == 50);
  std::erase_if(file, [](const auto& tensor) { return tensor.name == "n.num_batches_tracked"; });  // old files lack it
  CHECK(loads(trainer<Loaded>(), file).empty());
}

TEST_CASE("a file that does not fit changes nothing, wherever the fault is") {
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  const auto spoiled = [&](auto spoil) {
    auto file = all_tensors();
    spoil(file);
    io::write_safetensors(path, file);
  };
  const float nan = std::nanf("");
  spoiled([](auto& file) { file.pop_back(); });
  refuses<Loaded>(path, {"1 tensor is missing", "'fc.bias'"});
  spoiled([](auto& file) { file.back().name = "fc.bais"; });
  refuses<Loaded>(path, {"'fc.bias' [5] (did you mean 'fc.bais'"});
  spoiled([](auto& file) { std::swap(named(file, "fc.weight").shape[0], named(file, "fc.weight").shape[1]); });
  refuses<Loaded>(path, {"'fc.weight': [4, 5] in the file, [5, 4] in the model"});
  spoiled([&](auto& file) { put(named(file, "fc.bias"), 3, nan); });
  refuses<Loaded>(path, {"'fc.bias': 1 of 5 values"});
  spoiled([&](auto& file) { put(named(file, "n.running_var"), 0, 1.0F / 0.0F); });
  refuses<Two>(path, {"'n.running_var': 1 of 4 values"});
  io::write_safetensors(path, all_tensors());
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  refuses<Loaded>(path, {"truncated"});
}

TEST_CASE("half and double precision are converted when allowed, to the values that LibTorch converts to") {
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kDouble}) {
    auto file = all_tensors();
    std::vector<at::Tensor> converted;
    for (io::NamedTensor& tensor : file) {
      at::Tensor values = weights::to_tensor(tensor);
      if (values.is_floating_point()) values = values.div(3).to(type);  // rounded
      converted.push_back(values);
      tensor = weights::from_tensor(tensor.name, values);
    }
    io::write_safetensors(path, file);
    refuses<Loaded>(path, {"7 tensors have another element type", "allow_cast"});
    const Trainer<Loaded> model = trainer<Loaded>();
    CHECK(load_weights(model, path, {.allow_cast = true}).empty());
    for (std::size_t i = 0; i < file.size(); ++i) {
      CHECK(model.tensors()[i].scalar_type() == (converted[i].is_floating_point() ? at::kFloat : at::kLong));
      CHECK(model.tensors()[i].equal(converted[i].to(model.tensors()[i].scalar_type())));
    }
  }
  auto file = all_tensors();
  named(file, "fc.bias") = weights::from_tensor("fc.bias", at::arange(5, at::kDouble).mul(1e39));
  io::write_safetensors(path, file);
  refuses<Loaded>(path, {"'fc.bias': 4 of 5 values of F64 would be infinite in F32"}, {.allow_cast = true});
}

TEST_CASE("of a new head nothing need be there; the rest must be") {
  const Trainer<Two> model = trainer<Two>();
  const at::Tensor head = model.tensors().back().detach().clone();
  CHECK(loads(model, all_tensors()) == std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK(model.tensors().back().equal(head));
  auto file = all_tensors();
  CHECK(model.tensors().front().equal(weights::to_tensor(file.front())));
  file.resize(file.size() - 2);
  CHECK(loads(trainer<Two>(), file).size() == 2);
  const test::TempFolder folder;
  file.erase(file.begin());
  io::write_safetensors(folder.path() / "a.safetensors", file);
  refuses<Two>(folder.path() / "a.safetensors", {"1 tensor is missing", "'a.weight'"});
}

TEST_CASE("a head that fits is another's where fresh_head says so, and a card says whose it is") {
  using Five = Finetune<Small, ReplaceHead<5>>;
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  const Trainer<Five> before = trainer<Five>();
  io::ModelCard card;
  card.names = {"a", "b", "c", "d", "e"};
  save_weights<Five::model>(before.tensors(), path, card, {{"mine", "kept"}});
  CHECK(io::read_model_card(path) == card);
  CHECK(io::read_metadata(path).metadata.at("mine") == "kept");

  Settings other = defaults<Five>();
  other.seed = 1;
  const Trainer<Five> kept(other), fresh(other);
  const at::Tensor head = fresh.tensors().back().detach().clone();
  std::vector<std::string> unused;
  CHECK(load_weights(kept, path, {.unused = &unused}).empty());
  CHECK(unused.empty());
  CHECK(kept.tensors().back().equal(before.tensors().back()));
  CHECK(load_weights(fresh, path, {.fresh_head = true, .unused = &unused}) ==
        std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK(unused == std::vector<std::string>{"fc.weight", "fc.bias"});
  unused.clear();
  CHECK(load_weights(trainer<Two>(), path, {.fresh_head = true, .unused = &unused}).size() == 2);
  CHECK(unused.empty());  // that of five would not fit
  CHECK(fresh.tensors().back().equal(head));
  CHECK_FALSE(head.equal(before.tensors().back()));
  CHECK(fresh.tensors().front().equal(before.tensors().front()));
  CHECK(load_weights(trainer<Loaded>(), path, {.fresh_head = true}).empty());  // nothing there is new

  other.keeps_head = true;  // and the plan agrees
  CHECK_THAT(explain<Five>(), Catch::Contains("random"));
  CHECK_THAT(explain<Five>(other), !Catch::Contains("random"));
}

TEST_CASE("ReuseRows leaves a head alone that goes on") {
  using Five = Finetune<Small, ReplaceHead<5, Zeros>, ReuseRows<Row<0, 4>>>;
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  const auto check = [&]<class R>(const Trainer<R>& before) {
    for (const at::Tensor& tensor : {before.tensors().back(), before.tensors()[before.tensors().size() - 2]})
      tensor.detach().copy_(at::arange(tensor.numel(), at::kFloat).add(1).view(tensor.sizes()));
    save_weights<typename R::model>(before.tensors(), path);
    const Trainer<R> after = trainer<R>();
    CHECK(load_weights(after, path).empty());
    for (std::size_t i = 0; i < after.tensors().size(); ++i) CHECK(after.tensors()[i].equal(before.tensors()[i]));
  };
  check(trainer<Reused>());  // the file has no classifier of 5
  refuses<Reused>(path, {"has no 'fc.weight' of the shape [5, 4]", "ReuseRows"}, {.fresh_head = true});
  check(trainer<Five>());
  const Trainer<Five> anew = trainer<Five>();
  CHECK(load_weights(anew, path, {.fresh_head = true}).size() == 2);
  CHECK(anew.tensors().back().select(0, 0).item<float>() == 5);  // row 4 of 1, 2, 3, 4, 5
  CHECK(anew.tensors().back().select(0, 1).item<float>() == 0);
}

TEST_CASE("ReuseRows takes rows of the file's classifier, and looks at them as at any weights") {
  auto file = all_tensors();
  const Trainer<Reused> model = trainer<Reused>();
  CHECK(loads(model, file) == std::vector<std::string>{"fc.weight", "fc.bias"});
  const at::Tensor &weight = model.tensors()[model.tensors().size() - 2], &bias = model.tensors().back();
  const at::Tensor old_weight = weights::to_tensor(named(file, "fc.weight"));
  const at::Tensor old_bias = weights::to_tensor(named(file, "fc.bias"));
  for (const auto& [to, from] : {std::pair{0, 4}, {2, 1}}) {
    CHECK(weight.select(0, to).equal(old_weight.select(0, from)));
    CHECK(bias.select(0, to).equal(old_bias.select(0, from)));
  }
  CHECK(weight.select(0, 1).count_nonzero().item<std::int64_t>() == 0);  // as the head says: Zeros

  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  put(named(file, "fc.weight"), 2, std::nanf(""));
  io::write_safetensors(path, file);
  refuses<Reused>(path, {"1 tensor holds NaN or infinity", "'fc.weight': 1 of 20 values"});
  CHECK(load_weights(trainer<Reused>(), path, {.allow_non_finite = true}).size() == 2);
  CHECK(load_weights(trainer<Two>(), path).size() == 2);  // nobody reads the old head
  file = all_tensors();
  named(file, "fc.bias") = weights::from_tensor("fc.bias", old_bias.to(at::kHalf));
  io::write_safetensors(path, file);
  refuses<Reused>(path, {"'fc.bias': F16 in the file, F32 in the model"});
  CHECK(load_weights(trainer<Reused>(), path, {.allow_cast = true}).size() == 2);
  file.pop_back();
  io::write_safetensors(path, file);
  refuses<Reused>(path, {"has no 'fc.bias' of the shape [5]", "ReuseRows"});
}

TEST_CASE("a model in parts is loaded by its index like one file, or not at all") {
  const test::TempFolder folder;
  const auto file = all_tensors();
  const auto middle = file.begin() + 3;
  io::write_safetensors(folder.path() / "model-00001-of-00002.safetensors", std::vector(file.begin(), middle));
  io::write_safetensors(folder.path() / "model-00002-of-00002.safetensors", std::vector(middle, file.end()));
  std::string map;
  for (std::size_t i = 0; i < file.size(); ++i)
    map += (map.empty() ? "\"" : ", \"") + file[i].name + "\": \"model-0000" + (i < 3 ? "1" : "2") +
           "-of-00002.safetensors\"";
  const auto index = folder.write("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
  const Trainer<Loaded> model = trainer<Loaded>();
  CHECK(load_weights(model, index).empty());
  for (std::size_t i = 0; i < file.size(); ++i) CHECK(model.tensors()[i].equal(weights::to_tensor(file[i])));
  refuses<Loaded>(folder.path() / "model-00001-of-00002.safetensors", {"one part of several: give the index"});
  std::filesystem::remove(folder.path() / "model-00002-of-00002.safetensors");
  refuses<Loaded>(index, {"1 part is missing", "'model-00002-of-00002.safetensors'"});
}

namespace {

/// Batch norms become group norms.
template <class S, bool Keeps = false>
struct Grouped : RewriteTag {
  using selector = S;
  static constexpr bool keeps_values = Keeps;
  template <class Leaf>
  struct on {};
  template <int C, NormOptions O>
  struct on<BatchNorm2d<C, O>> {
    using type = GroupNorm<2, C>;
  };
};

}  // namespace

TEST_CASE("a layer that a rule has replaced starts anew from a file of the network, and goes on from its own") {
  using R = Finetune<Small, Grouped<Norms>, AdamW<Lr<1e-2>>>;
  using Kept = Finetune<Small, Grouped<Norms, true>>;
  const std::vector<std::string> norm{"n.weight", "n.bias"};
  const auto in = []<class Of>(const Trainer<Of>& model, std::string_view name) {
    std::size_t i = 0;
    while (table<typename Of::model>.name(i) != name) ++i;
    return model.tensors()[i];
  };
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors", own = folder.path() / "own.safetensors";
  auto file = all_tensors();
  io::write_safetensors(path, file);
  const at::Tensor old = weights::to_tensor(named(file, "n.weight"));

  Trainer<R> first = trainer<R>();
  std::vector<std::string> notes;
  CHECK(load_weights(first, path, {.ignore_unexpected = {"n.*"}, .notes = &notes}) == norm);
  REQUIRE(!notes.empty());
  CHECK(notes.front() ==
        "4 tensors of layers that the recipe's rules have replaced are not used: 'n.weight', 'n.bias', "
        "'n.running_mean', ...");
  CHECK(in(first, "n.weight").equal(at::ones({4})));
  CHECK(in(first, "a.weight").equal(weights::to_tensor(named(file, "a.weight"))));
  CHECK(load_weights(trainer<R>(), path) == norm);  // nothing need be ignored
  CHECK(copy_weights<R::model>(trainer<R>().tensors(), path, false) == norm);

  const Trainer<Kept> kept = trainer<Kept>();
  CHECK(load_weights(kept, path).empty());
  CHECK(in(kept, "n.weight").equal(old));

  const at::Tensor x = at::arange(2 * 3 * 16 * 16, at::kFloat).view({2, 3, 16, 16}).div(1536);
  first.step(x, at::arange(2, at::kLong), 1);
  const at::Tensor trained = in(first, "n.weight").detach().clone();
  REQUIRE(!trained.equal(at::ones({4})));
  save_weights<R::model>(first.tensors(), own);
  const Trainer<R> again = trainer<R>();
  CHECK(load_weights(again, own).empty());
  CHECK(in(again, "n.weight").equal(trained));
}

namespace {

struct OneLayer final
    : bert::Model<bert::Sizes{.vocabulary = 9, .hidden = 8, .layers = 1, .heads = 2, .inner = 16, .positions = 4}> {};

}  // namespace

TEST_CASE("files of a network of texts are loaded by their own names, by a recipe and without") {
  using R = Finetune<OneLayer, Classify<3>>;
  std::vector<io::NamedTensor> file;
  const Tensors from = make_tensors<OneLayer>(0, make_generator(8));
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::string name(table<OneLayer>.name(i));
    if (!name.starts_with("classifier")) name = "bert." + name;
    if (const std::size_t at = name.rfind("LayerNorm.weight"); at != std::string::npos)
      name.replace(at, std::string::npos, "LayerNorm.gamma");
    file.push_back(weights::from_tensor(name, from[i]));
  }
  file.push_back(weights::from_tensor("cls.predictions.bias", at::ones({9})));
  const test::TempFolder folder;
  const auto path = folder.path() / "a.safetensors";
  io::write_safetensors(path, file);

  const std::vector<std::string> head{"classifier.weight", "classifier.bias"};
  std::vector<std::string> notes;
  const Trainer<R> trained = trainer<R>(), in_memory = trainer<R>();
  CHECK(load_weights(trained, path, {.notes = &notes}) == head);
  CHECK(notes.size() == 1);  // of the head of another task
  CHECK(load_recipe<R>(in_memory.tensors(), io::read_tensors(path)) == head);
  const Tensors whole = make_tensors<OneLayer>(0, make_generator(9)),
                named = make_tensors<OneLayer>(0, make_generator(9));
  CHECK(copy_weights<OneLayer>(whole, path, false).empty());
  const io::TensorFile read = io::read_tensors(path);
  CHECK(copy_weights<OneLayer>(named, read, false).empty());
  for (std::size_t i = 0; i < from.size(); ++i) {
    CHECK(whole[i].equal(from[i]));
    CHECK(named[i].equal(from[i]));
    if (!table<OneLayer>.name(i).starts_with("classifier")) {
      CHECK(trained.tensors()[i].equal(from[i]));
      CHECK(in_memory.tensors()[i].equal(from[i]));
    }
  }
}
