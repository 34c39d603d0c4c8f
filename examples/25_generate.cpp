// Continues texts with GPT-2:
//   25_generate FOLDER "Once upon a time" "The meaning of life is"
// FOLDER has the network's model.safetensors and tokenizer.json, as Hugging Face's gpt2.
#include <tuneit/engine/generate/generate.hpp>
#include <tuneit/engine/load_weights.hpp>
#include <tuneit/models/gpt2.hpp>
#include <tuneit/text/tokenizer/load.hpp>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

using R = Finetune<Gpt2Small, AdamW<Lr<5e-5>>>;  // fit(trainer, texts) would come before

void run(const std::string& folder, const std::vector<std::string>& prompts) {
  const text::Tokenizer tokenizer = text::load_tokenizer(folder).tokenizer;
  Trainer<R> trainer(defaults<R>());
  load_weights(trainer, folder + "/model.safetensors");
  std::vector<std::vector<std::int32_t>> texts;
  for (const std::string& prompt : prompts) texts.push_back(tokenizer.encode(prompt).ids);
  Generation how{.new_tokens = 40, .sample = true, .temperature = 0.8, .top_p = 0.95, .seed = 1};
  how.end = tokenizer.id_of("<|endoftext|>").value_or(-1);
  const auto said = generate(trainer, texts, how);
  for (std::size_t i = 0; i < said.size(); ++i)
    std::printf("%s%s\n", prompts[i].c_str(), tokenizer.decode(said[i]).c_str());
}

int main(int argc, char** argv) try {
  if (argc > 2) run(argv[1], {argv + 2, argv + argc});
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
