// Pickles of torch.save, and the tensors that they describe, out of storages that hold zeros.
#include "tuneit/io/weights/pickle.hpp"

#include "check_tensors.hpp"
#include "tuneit/io/weights/state_dict.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::Pickle pickle = io::read_pickle(fuzz::bytes_of(data, size), "'a.pth'");
    fuzz::promise(pickle.size <= size, "it ends within the bytes");
    for (const io::PickleTensor& tensor : pickle.tensors) {
      const io::PickleStorage& storage = pickle.storages.at(tensor.storage);
      fuzz::promise(!storage.foreign, "tensors have types that are known");
      fuzz::promise(tensor.shape.size() == tensor.strides.size(), "a stride for each size");
      fuzz::promise(tensor.begin_byte <= storage.bytes(), "a tensor begins within its storage");
    }
    const auto views = io::detail::find_state_dict(pickle, "'a.pth'", {}).views;
    for (const io::PickleObject& object : pickle.objects) {
      fuzz::promise(object.name < pickle.names.size(), "an object has a class");
      fuzz::promise(object.dict == io::PickleObject::none || object.dict < pickle.dicts.size(), "and a dict or none");
      const auto& [module, name] = pickle.names[object.name];
      fuzz::promise(!io::detail::is_dangerous(module, name), "of no class that runs programs");
    }
    const auto fetch = [](const io::PickleStorage& storage) {
      if (storage.bytes() > 1U << 20U) io::detail::refuse("'a.pth' is truncated");  // as the zip reader would have said
      return std::vector<std::byte>(storage.bytes());
    };
    io::TensorFile file;
    file.tensors = io::detail::materialise(pickle, views, size, "'a.pth'", fetch);
    fuzz::check_tensors(file);
  });
  return 0;
}
