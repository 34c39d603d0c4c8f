// Which tensor of a file belongs to which parameter, and what is said when they do not fit.
#include "tuneit/weights/match.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "tuneit/weights/text_names.hpp"

using namespace tuneit::weights;
using tuneit::io::DType;
using tuneit::io::NamedTensor;
using tuneit::io::TensorFile;

namespace {

NamedTensor zeros(const std::string& name, std::vector<std::int64_t> shape, DType dtype = DType::F32) {
  const std::size_t bytes = *tuneit::io::detail::dense_bytes(shape, size_of(dtype));
  return {name, dtype, std::move(shape), std::vector<std::byte>(bytes)};
}

TensorFile file_of(std::vector<NamedTensor> tensors) { return {"w.pth", "pth (zip)", std::move(tensors), {}}; }

const std::vector<Expected> model = {{"conv1.weight", {4, 3}, DType::F32, false, false},
                                     {"bn1.running_mean", {4}, DType::F32, false, false},
                                     {"bn1.num_batches_tracked", {}, DType::I64, false, false, true},
                                     {"fc.weight", {2, 4}, DType::F32, true, false},
                                     {"fc.bias", {2}, DType::F32, true, false}};

std::vector<NamedTensor> good(const std::string& prefix = {}, std::int64_t classes = 2) {
  return {zeros(prefix + "fc.bias", {classes}), zeros(prefix + "bn1.running_mean", {4}),
          zeros(prefix + "conv1.weight", {4, 3}), zeros(prefix + "bn1.num_batches_tracked", {}, DType::I64),
          zeros(prefix + "fc.weight", {classes, 4})};
}

std::string refusal(const TensorFile& file, const MatchOptions& options = {},
                    const std::vector<Expected>& expected = model) {
  try {
    (void)match(file, expected, options);
  } catch (const tuneit::Error& error) {
    CHECK(error.kind() == tuneit::ErrorKind::Weights);
    CHECK_THAT(error.what(), Catch::StartsWith("'w.pth'"));
    return error.what();
  }
  FAIL_CHECK("accepted");
  return {};
}

using Catch::Contains;

}  // namespace

TEST_CASE("a file that fits is matched by name", "[weights]") {
  const TensorFile file = file_of(good());
  const Match m = match(file, model, {});
  REQUIRE(m.source.size() == 5);
  for (std::size_t i = 0; i < model.size(); ++i) CHECK(m.source[i] == file.find(model[i].name));
  CHECK(m.fresh.empty());
}

TEST_CASE("the head of a pretrained file is left fresh, layer by layer", "[weights]") {
  const TensorFile file = file_of(good("", 1000));
  const Match m = match(file, model, {});
  CHECK(m.source[0] == file.find("conv1.weight"));
  CHECK(m.source[3] == nullptr);
  CHECK(m.source[4] == nullptr);
  CHECK(m.fresh == std::vector<std::string>{"fc.weight", "fc.bias"});
  auto tensors = good();
  tensors.erase(tensors.begin());  // the bias alone is missing: the weight of another head is of no use
  CHECK(match(file_of(tensors), model, {}).fresh == std::vector<std::string>{"fc.weight", "fc.bias"});
  tensors.pop_back();
  CHECK(match(file_of(tensors), model, {}).fresh.size() == 2);
}

TEST_CASE("an optional buffer may be missing and is not called fresh", "[weights]") {
  auto tensors = good();
  tensors.erase(tensors.begin() + 3);
  const Match m = match(file_of(tensors), model, {});
  CHECK(m.source[2] == nullptr);
  CHECK(m.fresh.empty());
}

TEST_CASE("everything that is wrong is said at once, with the nearest name", "[weights]") {
  auto tensors = good();
  tensors[1] = zeros("bn1.runing_mean", {4});
  tensors[2] = zeros("conv1.weight", {8, 3});
  tensors[4].dtype = DType::F16;
  tensors[4].bytes.resize(16);
  const float infinite = 1.0F / 0.0F;
  std::memcpy(tensors[0].bytes.data(), &infinite, 4);
  const std::string text = refusal(file_of(tensors));
  CHECK_THAT(text, Contains("1 tensor is missing, 1 tensor is unexpected, 1 tensor has another shape, 1 tensor has "
                            "another element type, 1 tensor holds NaN or infinity."));
  CHECK_THAT(text, Contains("'bn1.running_mean' [4] (did you mean 'bn1.runing_mean', which the file has?)"));
  CHECK_THAT(text, Contains("'bn1.runing_mean' (the model has 'bn1.running_mean')"));
  CHECK_THAT(text, Contains("'conv1.weight': [8, 3] in the file, [4, 3] in the model"));
  CHECK_THAT(text, Contains("'fc.weight': F16 in the file, F32 in the model"));
  CHECK_THAT(text, Contains("'fc.bias': 1 of 2 values"));
  CHECK_THAT(text, Contains("allow_cast") && Contains("allow_non_finite") && Contains("ReplaceHead"));
}

TEST_CASE("one part of several is recognised by its name", "[weights]") {
  const auto advice = [](const std::string& path, bool whole = false) {
    const TensorFile file{path, "safetensors", whole ? good() : std::vector<NamedTensor>{zeros("fc.bias", {2})}, {}};
    auto expected = model;
    if (whole) expected.push_back({"more", {1}, DType::F32, false, false, true});
    if (whole) expected.front().shape = {9, 9};
    try {
      (void)match(file, expected, {});
    } catch (const tuneit::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto part = Contains("one part of several: give the index");
  CHECK_THAT(advice("/m/model-00002-of-00003.safetensors"), part && Contains("2 tensors are missing"));
  CHECK_THAT(advice("pytorch_model-00001-of-00002.bin"), part);
  CHECK_THAT(advice("-00001-of-00002"), part);
  for (const char* other : {"model.safetensors", "best-of-three.pth", "a-0001-of-00003.pth", "00001-of-00002", "-of-",
                            "x-00001-of-0000", "x-0000a-of-00002"})
    CHECK_THAT(advice(other), !part && Contains("2 tensors are missing"));
  CHECK_THAT(advice("model-00002-of-00003.safetensors", true), !part && Contains("another shape"));  // nothing missing
}

TEST_CASE("long lists are cut at twelve", "[weights]") {
  auto tensors = good();
  for (int i = 0; i < 30; ++i) tensors.push_back(zeros("extra." + std::to_string(i), {1}));
  const std::string text = refusal(file_of(tensors));
  CHECK_THAT(text, Contains("30 tensors are unexpected") && Contains("'extra.11'") && Contains("and 18 more") &&
                       Contains("ignore_unexpected"));
  CHECK_THAT(text, !Contains("'extra.12'"));
  CHECK(match(file_of(tensors), model, {"", false, false, {"*"}}).source[0] != nullptr);
}

TEST_CASE("a prefix is stripped only when asked for, and proposed when it would help", "[weights]") {
  const std::string text = refusal(file_of(good("backbone.")));
  CHECK_THAT(text, Contains("Every name in the file begins with 'backbone.'") &&
                       Contains("--strip-prefix backbone. (weights option strip_prefix)") &&
                       Contains("5 of the model's 5 tensors"));
  const TensorFile prefixed = file_of(good("module.model."));
  CHECK_THAT(refusal(prefixed), Contains("--strip-prefix module.model. "));
  CHECK(match(prefixed, model, {"module.model."}).source[0] == prefixed.find("module.model.conv1.weight"));

  auto mixed = good("backbone.");
  mixed.push_back(zeros("neck.weight", {1}));
  CHECK_THAT(refusal(file_of(mixed)), Contains("5 of 6 names in the file begin with 'backbone.'"));
  CHECK_THAT(refusal(file_of(mixed), {"backbone."}), Contains("1 tensor is unexpected") && Contains("'neck.weight'"));
  CHECK_NOTHROW(match(file_of(mixed), model, {"backbone.", false, false, {"neck.*"}}));
  CHECK_THAT(refusal(file_of(good()), {"backbone."}),
             Contains("no tensor's name begins with 'backbone.'") && Contains("'fc.bias'"));
  CHECK_THAT(refusal(file_of({}), {"backbone."}), Contains("the file has no tensors"));
  CHECK_THAT(refusal(file_of({})), Contains("2 tensors are missing"));
}

TEST_CASE("element types are converted and NaN is let through only when allowed", "[weights]") {
  auto tensors = good();
  tensors[2] = zeros("conv1.weight", {4, 3}, DType::BF16);
  CHECK(match(file_of(tensors), model, {"", true}).source[0] != nullptr);
  tensors[2] = zeros("conv1.weight", {4, 3}, DType::I32);
  CHECK_THAT(refusal(file_of(tensors), {"", true}), Contains("'conv1.weight': I32 in the file"));

  for (const auto& [dtype, nan] : std::vector<std::pair<DType, std::uint64_t>>{
           {DType::F16, 0x7E00}, {DType::BF16, 0xFF80}, {DType::F32, 0x7FC00000}, {DType::F64, 0xFFF0000000000000}}) {
    NamedTensor tensor = zeros("t", {3}, dtype);
    CHECK(count_non_finite(tensor) == 0);
    std::memcpy(tensor.bytes.data() + size_of(dtype), &nan, size_of(dtype));
    CHECK(count_non_finite(tensor) == 1);
    const std::vector<Expected> one = {{"t", {3}, dtype, false, false}};
    CHECK_THAT(refusal(file_of({tensor}), {}, one), Contains("'t': 1 of 3 values"));
    CHECK(match(file_of({tensor}), one, {"", false, true}).source[0] != nullptr);
  }
}

TEST_CASE("only floating types are converted, and only when allowed or without loss", "[weights]") {
  const auto floating = [](DType d) {
    return d == DType::F16 || d == DType::BF16 || d == DType::F32 || d == DType::F64;
  };
  for (int from = 0; from <= static_cast<int>(DType::F64); ++from)
    for (int to = 0; to <= static_cast<int>(DType::F64); ++to)
      for (const bool allowed : {false, true}) {
        const auto in_file = static_cast<DType>(from), in_model = static_cast<DType>(to);
        INFO(name_of(in_file) << " to " << name_of(in_model) << (allowed ? ", allowed" : ""));
        const bool fits = from == to || (in_file == DType::F32 && in_model == DType::F64) ||
                          (allowed && floating(in_file) && floating(in_model));
        const TensorFile file = file_of({zeros("t", {2, 3}, in_file)});
        const std::vector<Expected> one = {{"t", {2, 3}, in_model, false, false}};
        if (fits)
          CHECK(match(file, one, {"", allowed}).source[0] == &file.tensors[0]);
        else
          CHECK_THAT(refusal(file, {"", allowed}, one),
                     Contains("'t': " + std::string(name_of(in_file)) + " in the file, " +
                              std::string(name_of(in_model)) + " in the model"));
      }
}

TEST_CASE("every tensor of another shape is listed, but for a replaced head", "[weights]") {
  const TensorFile file = file_of({zeros("conv1.weight", {3, 4}), zeros("bn1.running_mean", {}),
                                   zeros("bn1.num_batches_tracked", {1}, DType::I64), zeros("fc.weight", {1000, 4}),
                                   zeros("fc.bias", {1000})});
  const std::string text = refusal(file);
  CHECK_THAT(text, Contains("2 tensors have another shape.") &&
                       Contains("'conv1.weight': [3, 4] in the file, [4, 3] in the model") &&
                       Contains("'bn1.running_mean': [] in the file, [4] in the model") &&
                       !Contains("num_batches_tracked") && !Contains("'fc."));
}

TEST_CASE("what is finite but too large for the model's type is refused like infinity", "[weights]") {
  const auto of = [](DType dtype, auto value) {
    NamedTensor tensor = zeros("t", {3}, dtype);
    std::memcpy(tensor.bytes.data() + size_of(dtype), &value, sizeof value);
    return tensor;
  };
  struct Case {
    NamedTensor tensor;
    DType to;
    std::size_t count;
  };
  const std::uint16_t largest_bf16 = 0x7F7F, bf16_65536 = 0x4780;
  const std::uint16_t largest_half = 0x7BFF, infinite_half = 0xFC00;
  const std::vector<Case> cases = {
      {of(DType::F64, 1e39), DType::F32, 1},
      {of(DType::F64, -1e39), DType::F32, 1},
      {of(DType::F64, 0x1.FFFFFEFFFFFFFp127), DType::F32, 0},  // rounds down to the largest
      {of(DType::F64, 0x1.FFFFFFp127), DType::F32, 1},         // half-way, and the largest is odd
      {of(DType::F64, 1e39), DType::F64, 0},
      {of(DType::F64, 1e-300), DType::F16, 0},
      {of(DType::F32, 65504.0F), DType::F16, 0},
      {of(DType::F32, 65519.996F), DType::F16, 0},
      {of(DType::F32, 65520.0F), DType::F16, 1},
      {of(DType::F32, -7e4F), DType::F16, 1},
      {of(DType::F32, 3.4e38F), DType::BF16, 1},
      {of(DType::F32, 3.3e38F), DType::BF16, 0},
      {of(DType::F32, 3.4e38F), DType::F64, 0},
      {of(DType::BF16, largest_bf16), DType::F32, 0},
      {of(DType::BF16, largest_bf16), DType::F16, 1},
      {of(DType::BF16, bf16_65536), DType::F16, 1},
      {of(DType::F16, largest_half), DType::BF16, 0},
      {of(DType::F16, infinite_half), DType::BF16, 0},  // counted as what it is
  };
  for (const Case& c : cases) {
    INFO(name_of(c.tensor.dtype) << " to " << name_of(c.to));
    CHECK(count_too_large(c.tensor, c.to) == c.count);
  }
  const std::vector<Expected> one = {{"t", {3}, DType::F32, false, false}};
  const TensorFile file = file_of({of(DType::F64, 1e39)});
  CHECK_THAT(refusal(file, {"", true}, one), Contains("1 tensor is too large for the model's type.") &&
                                                 Contains("allow_non_finite") &&
                                                 Contains("'t': 1 of 3 values of F64 would be infinite in F32"));
  CHECK(match(file, one, {"", true, true}).source[0] != nullptr);
}

TEST_CASE("largest, smallest and negative zero are finite, infinities of both signs and every NaN are not",
          "[weights]") {
  struct Words {
    DType dtype;
    std::vector<std::uint64_t> finite, other;
  };
  for (const Words& words : {Words{DType::F16, {0x7BFF, 0xFBFF, 0x0001, 0x8000}, {0x7C00, 0xFC00, 0x7C01, 0xFFFF}},
                             Words{DType::BF16, {0x7F7F, 0xFF7F, 0x0001, 0x8000}, {0x7F80, 0xFF80, 0x7F81, 0xFFFF}},
                             Words{DType::F32,
                                   {0x7F7FFFFF, 0xFF7FFFFF, 0x00000001, 0x80000000},
                                   {0x7F800000, 0xFF800000, 0x7F800001, 0xFFFFFFFF}},
                             Words{DType::F64,
                                   {0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 1, 0x8000000000000000},
                                   {0x7FF0000000000000, 0xFFF0000000000000, 0x7FF0000000000001, UINT64_MAX}}}) {
    INFO(name_of(words.dtype));
    const auto holding = [&](const std::vector<std::uint64_t>& values) {
      NamedTensor tensor = zeros("t", {static_cast<std::int64_t>(values.size())}, words.dtype);
      for (std::size_t i = 0; i < values.size(); ++i)
        std::memcpy(tensor.bytes.data() + i * size_of(words.dtype), &values[i], size_of(words.dtype));
      return tensor;
    };
    CHECK(count_non_finite(holding(words.finite)) == 0);
    CHECK(count_non_finite(holding(words.other)) == words.other.size());
  }
  for (const DType whole : {DType::Bool, DType::U8, DType::I32, DType::I64}) {
    NamedTensor tensor = zeros("t", {4}, whole);
    for (std::byte& b : tensor.bytes) b = std::byte{0xFF};
    CHECK(count_non_finite(tensor) == 0);
  }
}

TEST_CASE("edit distance", "[weights]") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("same", "same") == 0);
  CHECK(edit_distance("kitten", "sitting", 1) == 2);
  CHECK(nearest_name("layer4.0.conv1.weight", {"layer3", "layer4.0.conv.weight", "layer4.0.conv2.weight"}) ==
        "layer4.0.conv.weight");
  CHECK(nearest_name("abc", {"xyz"}).empty());
}

TEST_CASE("counters are never in the way, whatever their type or shape", "[weights]") {
  for (const NamedTensor& counter :
       {zeros("bn1.num_batches_tracked", {1}, DType::I64), zeros("bn1.num_batches_tracked", {}, DType::F32),
        zeros("bn1.num_batches_tracked", {4, 3}, DType::Bool)}) {
    auto tensors = good();
    tensors[3] = counter;
    tensors.push_back(zeros("n_averaged", {}, DType::I64));
    tensors.push_back(zeros("extra.num_batches_tracked", {2}));
    const TensorFile file = file_of(tensors);
    std::vector<std::string> notes;
    const Match m = match(file, model, {.notes = &notes});
    CHECK(m.source[0] != nullptr);
    CHECK(m.source[2] == nullptr);
    CHECK(notes == std::vector<std::string>{"1 counters of batches do not fit and start at 0"});
  }
  auto averaged = good("module.");
  averaged.push_back(zeros("n_averaged", {}, DType::I64));
  CHECK(match(file_of(averaged), model, {"module."}).fresh.empty());
  CHECK_THAT(refusal(file_of(averaged)), Contains("pass --strip-prefix module. (weights option strip_prefix"));
}

TEST_CASE("what the file has in the place of a head that is replaced needs no leave", "[weights]") {
  const auto with_head = [](const std::vector<std::string>& names, const std::string& prefix = {}) {
    auto tensors = good(prefix);
    std::erase_if(tensors, [&](const NamedTensor& t) { return t.name.starts_with(prefix + "fc."); });
    for (const std::string& name : names) tensors.push_back(zeros(prefix + name, {3, 9}, DType::F16));
    return file_of(tensors);
  };
  std::vector<std::string> notes;
  const TensorFile deep = with_head({"fc.1.weight", "fc.1.bias", "fc.4.deeper.weight"});
  CHECK(match(deep, model, {.notes = &notes}).fresh == std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK_THAT(notes.at(0), Contains("3 tensors of the file's head are not used: 'fc.1.weight', 'fc.1.bias'"));
  CHECK(match(with_head({"fc.1.weight"}, "m."), model, {"m."}).fresh.size() == 2);
  // Beside a head that is loaded, or by another name, it is none.
  auto both = good();
  both.push_back(zeros("fc.1.weight", {3}));
  CHECK_THAT(refusal(file_of(both)), Contains("'fc.1.weight'") && Contains("--ignore-unexpected 'fc.1.*' "));
  CHECK_THAT(refusal(with_head({"fcs.weight"})), Contains("--ignore-unexpected 'fcs.*' "));
  // The whole container, where nothing else of the model lies in it: MobileNetV2's classifier.1; not of a VGG.
  std::vector<Expected> mobile = {{"conv.weight", {1}}, {"classifier.1.weight", {2, 4}, DType::F32, true}};
  const TensorFile other =
      file_of({zeros("conv.weight", {1}), zeros("classifier.3.weight", {7, 7}), zeros("classifier.0.bias", {7})});
  CHECK(match(other, mobile, {}).fresh.size() == 1);
  mobile.push_back({"classifier.0.bias", {7}});
  CHECK_THAT(refusal(other, {}, mobile), Contains("1 tensor is unexpected") && Contains("'classifier.3.weight'"));
}

TEST_CASE("tensors that the model lacks are passed over by the globs that the message gives", "[weights]") {
  struct Row {
    std::vector<std::string> names;
    std::string option;
  };
  for (const Row& row : {Row{{"criterion.pos_weight"}, "--ignore-unexpected 'criterion.*' "},
                         Row{{"criterion.a.b", "criterion.c", "metric.total"}, "'criterion.*,metric.*' "},
                         Row{{"queue", "queue_ptr"}, "--ignore-unexpected queue,queue_ptr "},
                         Row{{"bn1.extra", "bn1.deep.x", "bn1.deep.y"}, "'bn1.extra,bn1.deep.*' "},
                         Row{{"it's", "a,b", "c[d]"}, "'it'\\''s,a?b,c?d]' "}}) {
    INFO(row.option);
    auto tensors = good();
    for (const std::string& name : row.names) tensors.push_back(zeros(name, {1}));
    const std::string text = refusal(file_of(tensors));
    CHECK_THAT(text, Contains(row.option + "(weights option ignore_unexpected)"));
    // As a shell and the program would take it.
    std::string value = text.substr(text.find("--ignore-unexpected ") + 20);
    value = value.substr(0, value.find(" (weights"));
    if (value.starts_with("'")) value = value.substr(1, value.size() - 2);
    for (std::size_t at = 0; (at = value.find("'\\''", at)) != std::string::npos;) value.replace(at, 4, "'");
    MatchOptions options;
    for (std::size_t comma = 0; comma != std::string::npos;
         value = comma == std::string::npos ? "" : value.substr(comma + 1))
      comma = value.find(','), options.ignore_unexpected.push_back(value.substr(0, comma));
    std::vector<std::string> notes;
    options.notes = &notes;
    CHECK_NOTHROW(match(file_of(tensors), model, options));
    CHECK_THAT(notes.at(0),
               Contains(std::to_string(row.names.size()) + " tensors that the model lacks are passed over"));
    options.ignore_unexpected = {"nothing.*"};
    CHECK_THAT(refusal(file_of(tensors), options), Contains("unexpected"));
  }
  auto many = good();
  for (int i = 0; i < 30; ++i) many.push_back(zeros("extra" + std::to_string(i), {1}));
  CHECK_THAT(refusal(file_of(many)), Contains("--ignore-unexpected '*' "));
  auto missing = good();
  missing.erase(missing.begin() + 2);
  CHECK_THAT(refusal(file_of(missing), {"", false, false, {"*"}}),
             Contains("1 tensor is missing"));  // never let through
}

TEST_CASE("a glob that passes over nothing is pointed out", "[weights][hostile]") {
  auto tensors = good();
  tensors.push_back(zeros("criterion.weight", {1}));
  const auto said = [&](std::vector<std::string> globs) {
    std::vector<std::string> notes;
    MatchOptions options{.ignore_unexpected = std::move(globs)};
    options.notes = &notes;
    (void)match(file_of(tensors), model, options);
    std::string all;
    for (const std::string& note : notes) all += note + "\n";
    return all;
  };
  CHECK_THAT(said({"criterion.*"}), !Contains("no use"));
  CHECK_THAT(said({"criterion.*", "*weight"}), !Contains("no use"));
  const std::string idle = said({"criterion.*", "criterium.*", model.front().name});
  CHECK_THAT(idle, Contains("'criterium.*' of --ignore-unexpected matches no tensor of the file: it has no use here"));
  CHECK_THAT(idle,
             Contains("'" + model.front().name + "' of --ignore-unexpected matches only tensors that the model has"));
}

TEST_CASE("several networks behind prefixes are listed with the options that pick each", "[weights]") {
  auto tensors = good("module.encoder_q.");
  for (NamedTensor& tensor : good("module.encoder_k.")) tensors.push_back(std::move(tensor));
  tensors.pop_back();  // one less of the second
  tensors.push_back(zeros("module.queue", {8}));
  const std::string text = refusal(file_of(tensors));
  CHECK_THAT(text, Contains("Several networks") && Contains("weights option strip_prefix"));
  const std::string q =
      "--strip-prefix module.encoder_q. --ignore-unexpected 'module.encoder_k.*,module.queue': 5 of the model's 5";
  const std::string k =
      "--strip-prefix module.encoder_k. --ignore-unexpected 'module.encoder_q.*,module.queue': 4 of the model's 5";
  CHECK_THAT(text, Contains(q) && Contains(k));
  CHECK(text.find(q) < text.find(k));
  const TensorFile file = file_of(tensors);
  CHECK(match(file, model, {"module.encoder_q.", false, false, {"module.encoder_k.*", "module.queue"}}).fresh.empty());
  CHECK_THAT(refusal(file, {"module.encoder_q."}), Contains("--ignore-unexpected 'module.encoder_k.*,module.queue' "));
  auto one = good("model.");
  one.push_back(zeros("criterion.weight", {1}));
  CHECK_THAT(refusal(file_of(one)), Contains("pass --strip-prefix model. --ignore-unexpected 'criterion.*' "));
}

TEST_CASE("an object where a tensor is wanted is refused with its class", "[weights]") {
  auto tensors = good();
  tensors.erase(tensors.begin() + 2);
  TensorFile file = file_of(tensors);
  file.objects = {{"conv1.weight", "torch._utils._rebuild_qtensor"}, {"_extra_state", "numpy.ndarray"}};
  CHECK_THAT(refusal(file), Contains("'conv1.weight' [4, 3] (in the file it is an object of the class "
                                     "'torch._utils._rebuild_qtensor'"));
  tensors = good();
  TensorFile beside = file_of(tensors);
  beside.objects = {{"_extra_state", "numpy.ndarray"}};
  CHECK_NOTHROW(match(beside, model, {}));
}

TEST_CASE("of a layer that rules have replaced the file's tensors are passed over, whatever is named alike",
          "[weights]") {
  using Before = Expected::Before;
  const auto in_place = [](const char* name, std::vector<std::int64_t> shape, std::vector<std::int64_t> before,
                           Before how = Before::Unused) {
    return Expected{name, std::move(shape), DType::F32, false, true, false, {}, how, std::move(before)};
  };
  const auto gone = [](const char* name) {
    return Expected{name, {}, DType::F32, false, false, true, {}, Before::Gone, {}};
  };
  // a batch norm became a group norm, and a linear layer one of the same names and shapes
  const std::vector<Expected> grouped = {{"conv1.weight", {4, 3}},       in_place("bn1.weight", {4}, {4}),
                                         in_place("bn1.bias", {4}, {4}), in_place("fc.weight", {2, 4}, {2, 4}),
                                         gone("bn1.running_mean"),       gone("bn1.num_batches_tracked")};
  const std::vector<NamedTensor> both = {zeros("conv1.weight", {4, 3}), zeros("bn1.weight", {4}),
                                         zeros("bn1.bias", {4}), zeros("fc.weight", {2, 4})};
  const auto with = [&](std::vector<NamedTensor> more) {
    more.insert(more.begin(), both.begin(), both.end());
    return file_of(std::move(more));
  };
  const auto loaded = [](const TensorFile& file, const std::vector<Expected>& expected, MatchOptions options = {}) {
    std::string which;
    for (const NamedTensor* t : match(file, expected, options).source) which += t == nullptr ? '-' : '+';
    return which;
  };
  std::vector<std::string> notes;
  const TensorFile plain = with({zeros("bn1.running_mean", {4}), zeros("bn1.num_batches_tracked", {}, DType::I64)});
  CHECK(loaded(plain, grouped, {.notes = &notes}) == "+-----");
  CHECK(notes == std::vector<std::string>{"4 tensors of layers that the recipe's rules have replaced are not used: "
                                          "'bn1.weight', 'bn1.bias', 'fc.weight', ..."});
  CHECK(match(plain, grouped, {}).fresh == std::vector<std::string>{"bn1.weight", "bn1.bias", "fc.weight"});
  CHECK(loaded(plain, grouped, {.ignore_unexpected = {"*"}}) == "+-----");
  // a file without what only the old layer had is the new one's
  CHECK(loaded(with({}), grouped) == "++++--");
  // unless the file itself says it
  TensorFile said = with({zeros("bn1.running_mean", {4})});
  said.metadata = {{replaced_key, "bn1.weight\nbn1.bias\n"}};
  CHECK(loaded(said, grouped) == "+++---");
  // nothing is left over of the old layer: shapes say it, or what rules have added elsewhere, or nobody
  const std::vector<Expected> alike = {{"conv1.weight", {4, 3}}, in_place("fc.weight", {2, 4}, {2, 4})};
  std::vector<Expected> wider = alike, sloped = alike, taken = alike;
  wider[1].shape = {3, 4};
  sloped.push_back({"slope", {1}, DType::F32, false, true});
  taken[1].before = Before::Taken;
  const auto file = [](std::vector<std::int64_t> fc, bool slope = false) {
    std::vector<NamedTensor> tensors{zeros("conv1.weight", {4, 3}), zeros("fc.weight", std::move(fc))};
    if (slope) tensors.push_back(zeros("slope", {1}));
    return file_of(std::move(tensors));
  };
  CHECK(loaded(file({2, 4}), alike) == "+-");
  CHECK(loaded(file({1000, 4}), alike) == "+-");
  CHECK(loaded(file({2, 4}), wider) == "+-");
  CHECK(loaded(file({3, 4}), wider) == "++");
  CHECK(loaded(file({2, 4}), sloped) == "+--");
  CHECK(loaded(file({2, 4}, true), sloped) == "+++");
  CHECK(loaded(file({2, 4}), taken) == "++");
  CHECK_THAT(refusal(file({1000, 4}), {}, taken), Contains("'fc.weight': [1000, 4] in the file, [2, 4] in the model"));
}

TEST_CASE("files of texts: the prefix of the body goes, and what is around the whole is that of strip_prefix",
          "[weights]") {
  constexpr tuneit::transformer::FileNames names{"bert.", "encoder.", "pooler."};
  const std::vector<Expected> bert = {{"embeddings.words.weight", {4, 3}, DType::F32, false, false},
                                      {"encoder.layer.0.LayerNorm.weight", {3}, DType::F32, false, false}};
  const auto file_in = [&](const std::string& around, const std::string& strip_prefix) {
    TensorFile file =
        file_of({zeros(around + "bert.embeddings.words.weight", {4, 3}),
                 zeros(around + "bert.encoder.layer.0.LayerNorm.gamma", {3}), zeros(around + "cls.weight", {2, 3})});
    std::vector<std::string> notes;
    to_names_of(names, file, bert, strip_prefix, &notes);
    CHECK(notes.size() == (file.tensors.size() == 2 ? 1 : 0));
    return file;
  };
  for (const std::string around : {"", "module."}) {
    MatchOptions options;
    options.strip_prefix = around;
    const TensorFile file = file_in(around, around);
    const Match m = match(file, bert, options);
    for (std::size_t i = 0; i < bert.size(); ++i) CHECK(m.source[i] == file.find(around + bert[i].name));
  }
  CHECK_THAT(refusal(file_in("module.", ""), {}, bert), Contains("--strip-prefix"));
  MatchOptions options;
  options.strip_prefix = "module.bert.";
  options.ignore_unexpected = {"module.cls.*"};
  const TensorFile file = file_in("module.", "module.bert.");
  CHECK(match(file, bert, options).source[1] == file.find("module.bert.encoder.layer.0.LayerNorm.weight"));
}
