// adapter_config.json of PEFT: what it says, strictly.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tuneit/io/peft/config.hpp"

namespace {

using namespace tuneit;
using namespace tuneit::io::peft;
using Catch::Contains;

// As PEFT 0.21.2 writes it.
const char* const lora = R"({"alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null, "auto_mapping":
  {"base_model_class": "N", "parent_library": "__main__"}, "base_model_name_or_path": null, "bias": "none", "corda_config":
  null, "ensure_weight_tying": false, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
  "inference_mode": true, "init_lora_weights": true, "kasa_config": null, "layer_replication": null, "layers_pattern": null,
  "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 8, "lora_bias": false, "lora_dropout": 0.5,
  "lora_ga_config": null, "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": ["fc"],
  "monteclora_config": null, "peft_type": "LORA", "peft_version": "0.21.2", "qalora_group_size": 16, "r": 4,
  "rank_pattern": {"conv2": 2}, "revision": null, "target_modules": ["conv1", "conv2"], "target_parameters": null,
  "task_type": null, "trainable_token_indices": null, "use_bdlora": null, "use_dora": false, "use_qalora": false,
  "use_rslora": false, "velora_config": null})";

std::string with(const std::string& key, const nlohmann::json& value) {
  nlohmann::json j = nlohmann::json::parse(lora);
  j[key] = value;
  return j.dump();
}

}  // namespace

TEST_CASE("what PEFT writes is read, and what is written reads back", "[io][peft]") {
  const Config c = parse_config(lora, "f");
  CHECK(c.rank == 4);
  CHECK(c.alpha == 8);
  CHECK(c.dropout == 0.5);
  CHECK_FALSE(c.dora);
  CHECK(c.saved == std::vector<std::string>{"fc"});
  CHECK(c.targets.list == std::vector<std::string>{"conv1", "conv2"});
  CHECK(c.scale("layer1.conv1", "f") == 2);
  CHECK(c.scale("layer1.conv2", "f") == 4);
  CHECK(parse_config(text_of(c), "f") == c);
  Config other = c;
  other.rank_stabilised = other.dora = other.gaussian = true;
  other.alpha = 2.5;
  other.alphas = {{"^layer1\\.conv1", 7}};
  other.targets = {{}, "a|b"};
  CHECK(parse_config(text_of(other), "f") == other);
  CHECK(other.scale("layer1.conv1", "f") == 7 / 2.0);
  Config ia3;
  ia3.ia3 = true;
  ia3.targets.list = {"key", "dense"};
  ia3.feedforward.list = {"dense"};
  CHECK(parse_config(text_of(ia3), "f") == ia3);
  CHECK(ia3.on_input("layer.0.dense", "f"));
  CHECK_FALSE(ia3.on_input("layer.0.key", "f"));
}

TEST_CASE("names are a list where that means them alone", "[io][peft]") {
  const std::vector<std::string> all{"conv1", "layer1", "layer1.conv1", "layer1.xconv1", "layer1.fc"};
  CHECK(names_for({"layer1.conv1"}, all, true).list == std::vector<std::string>{"layer1.conv1"});
  CHECK(names_for({"conv1"}, all, true).expression == "conv1");
  CHECK(names_for({"conv1", "layer1.conv1"}, all, true).expression.empty());
  CHECK(names_for({"conv1", "layer1.conv1"}, all, false).expression == R"(conv1|layer1\.conv1)");
}

TEST_CASE("patterns are names, no regular expressions", "[io][peft][hostile]") {
  CHECK(pattern_means("conv1", "layer1.0.conv1", "f"));
  CHECK(pattern_means("0.conv1", "layer1.0.conv1", "f"));
  CHECK(pattern_means("conv1", "conv1", "f"));
  CHECK_FALSE(pattern_means("onv1", "conv1", "f"));
  CHECK_FALSE(pattern_means("layer1.0.conv1", "conv1", "f"));
  CHECK(pattern_means("^layer1\\.0\\.conv1$", "layer1.0.conv1", "f"));
  CHECK_FALSE(pattern_means("^conv1", "layer1.0.conv1", "f"));
  CHECK(pattern_means("0xconv1", "0xconv1", "f"));
  CHECK_FALSE(pattern_means("0\\.conv1", "0xconv1", "f"));
  for (const char* const key : {"(a*)*b", "conv\\d", "conv[12]", "a|b", ".*", "a$b", "a^b", "conv\\"})
    CHECK_THROWS_WITH(pattern_means(key, "conv1", "f"), Contains("regular expression"));
}

TEST_CASE("what would change the result and is not known is refused by its name", "[io][peft][hostile]") {
  for (const char* const key : {"use_qalora", "lora_bias", "use_something_new"})
    CHECK_THROWS_WITH(parse_config(with(key, true), "f"), Contains("'" + std::string(key) + "'"));
  CHECK_THROWS_WITH(parse_config(with("trainable_token_indices", {1, 2}), "f"), Contains("'trainable_token_indices'"));
  CHECK_NOTHROW(parse_config(with("use_something_new", nullptr), "f"));
  CHECK_NOTHROW(parse_config(with("use_something_new", nlohmann::json::object()), "f"));
  CHECK_THROWS_WITH(parse_config(with("peft_type", "VERA"), "f"), Contains("'VERA', which tuneit does not read"));
  CHECK_THROWS_WITH(parse_config(with("bias", "all"), "f"), Contains("biases"));
  CHECK_THROWS_WITH(parse_config(with("init_lora_weights", "pissa"), "f"), Contains("init_lora_weights"));
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{{"r", 0},
                                                                                      {"r", "8"},
                                                                                      {"lora_alpha", -1},
                                                                                      {"lora_dropout", 1},
                                                                                      {"rank_pattern", {{"a", 0}}},
                                                                                      {"alpha_pattern", {{"a", "b"}}},
                                                                                      {"alpha_pattern", {1}},
                                                                                      {"target_modules", 3},
                                                                                      {"modules_to_save", {1}},
                                                                                      {"use_dora", 1}}) {
    INFO(key);
    CHECK_THROWS_AS(parse_config(with(key, value), "f"), Error);
  }
  for (const char* const text : {"", "[]", "{}", "{\"peft_type\": \"LORA\", \"peft_type\": \"IA3\"}"})
    CHECK_THROWS_AS(parse_config(text, "f"), Error);
}
