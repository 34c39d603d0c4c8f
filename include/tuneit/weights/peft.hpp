#pragma once
// Adapters as PEFT (Hugging Face) has them in files: a folder with adapter_model.safetensors and adapter_config.json,
// read and written for recipes with Lora, Dora or Ia3.
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/io/atomic_file.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/peft_names.hpp"

namespace tuneit {

/// Writes what a recipe's rules have added to its network, and what of the network itself trains (the head), as PEFT's
/// adapter_model.safetensors and adapter_config.json, into a folder, which is made. In Python, with the network of the
/// same weights and the same head: `peft.PeftModel.from_pretrained(network, folder)`; of a network of texts that is
/// transformers' class for the task (BertForSequenceClassification, ...). Throws Error(Usage) where PEFT has nothing
/// that is the same: rules of other kinds, Lora and Ia3 in one recipe, a padding or dilation that it leaves out, a
/// layer of which the adapter and the layer itself train, a network whose modules transformers calls otherwise than its
/// files.
template <class R>
void save_peft(const Tensors& tensors, const std::filesystem::path& folder) {
  using Model = typename R::model;
  if constexpr (detail::has_file_names<Model>)
    if (origin_t<Model>::file_names.other_in_memory)
      weights::detail::refuse_peft("transformers' modules have other names than the files of this network");
  const weights::PeftAdapter adapter = weights::peft_adapter<R>();
  std::vector<io::NamedTensor> named;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (adapter.written[i])
      named.push_back(
          weights::from_tensor("base_model.model." + weights::name_in_python<Model>(i), tensors[i].detach()));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  io::write_safetensors(folder / "adapter_model.safetensors", named, {{"format", "pt"}});
  io::atomic_write(folder / "adapter_config.json", io::peft::text_of(adapter.config));
}

/// Loads such a folder (adapter_model.bin is read, too) into the tensors of R::model, in which the network's own
/// weights are already. It must hold all that the rules add, of the same ranks and scales, and nothing that the network
/// lacks; what it has of the network's own tensors (modules_to_save) is taken. Of a network of texts it may be of
/// transformers' class for a task or of the body alone. Returns the names of what trains and is
/// not in it: a head that was not saved. Everything is checked before anything is copied; throws Error(Weights) with
/// what does not fit, for other kinds of adapters, and for fields of the configuration that would change the result and
/// are not known here.
template <class R>
std::vector<std::string> load_peft(const Tensors& tensors, const std::filesystem::path& folder,
                                   const weights::MatchOptions& options = {}) {
  using Model = typename R::model;
  const std::filesystem::path safe = folder / "adapter_model.safetensors", config = folder / "adapter_config.json";
  std::error_code error;
  const bool pickled =
      !std::filesystem::exists(safe, error) && std::filesystem::exists(folder / "adapter_model.bin", error);
  io::TensorFile file = io::read_tensors(pickled ? folder / "adapter_model.bin" : safe);
  for (io::NamedTensor& t : file.tensors) t.name = weights::name_of_peft(t.name, io::quote_path(file.path));
  weights::PeftAdapter adapter = weights::peft_adapter<R>();
  if constexpr (detail::has_file_names<Model>)
    weights::take_body_prefix(origin_t<Model>::file_names.prefix, file.tensors, adapter.modules);
  weights::check_peft_config(io::peft::read_config(config), adapter, io::quote_path(config));

  std::vector<weights::Expected> expected = expected_tensors<Model>(tensors, false);
  expected.resize(tensors.size());
  for (weights::Expected& e : expected) e.optional = !std::exchange(e.added, false), e.before = {};
  const weights::Match match = weights::match(file, expected, options);
  const at::NoGradGuard no_grad;
  std::vector<std::string> fresh;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    at::Tensor to = tensors[i];
    if (match.source[i] != nullptr)
      weights::copy_into(to, *match.source[i], options.allow_cast);
    else if (!plan<R>.rows[i].frozen && !table<Model>.rows[i].is_buffer())
      fresh.push_back(expected[i].name);
  }
  return fresh;
}

}  // namespace tuneit
