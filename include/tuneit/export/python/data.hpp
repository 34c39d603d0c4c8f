#pragma once
// Where does a script get its tensors from? A file of weights, a file of batches, a folder of pictures.
#include <string>

#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// `load_weights(model, file)`: all but what starts anew; rows of the old classifier where the recipe reuses them.
inline std::string load_text(const ScriptView& v) {
  if (v.scratch()) return "";
  std::string text =
      R"(def load_weights(model, file):
    """Weights from a file, of everything but what starts anew."""
    if file.endswith(".safetensors"):
        weights = load_file(file)
    else:
        weights = torch.load(file, map_location="cpu", weights_only=True)
        weights = weights.get("state_dict", weights)
)" +
      (v.prefix.empty()
           ? ""
           : "    weights = {name.removeprefix(\"" + v.prefix + "\"): value for name, value in weights.items()}\n") +
      R"(    wanted = [name for name in model.state_dict())" +
      std::string(v.fresh() ? " if not matches(name, FRESH)]\n" : "]\n") +
      R"(    missing = [name for name in wanted if name not in weights and not name.endswith("num_batches_tracked")]
    if missing:
        sys.exit(f"{file} lacks {missing}")
    model.load_state_dict({name: weights[name] for name in wanted if name in weights}, strict=False)
)";
  if (v.magnitudes)
    text +=
        "    for module in model.modules():\n        if hasattr(module, \"start_magnitude\"):\n"
        "            module.start_magnitude()  # the lengths of the rows that were loaded\n";
  if (!v.rows.empty()) {
    std::string pairs;
    for (const auto& [to, from] : v.rows) pairs += (pairs.empty() ? "" : ", ") + whole(to) + ": " + whole(from);
    text +=
        "    with torch.no_grad():  # classes that the old classifier knows start from its rows\n"
        "        for new, old in {" +
        pairs +
        "}.items():\n"
        "            for kind in (\"weight\", \"bias\"):\n"
        "                if \"" +
        v.new_layer + ".\" + kind in model.state_dict() and \"" + v.old_layer +
        ".\" + kind in weights:\n"
        "                    model.state_dict()[\"" +
        v.new_layer + ".\" + kind][new] = weights[\"" + v.old_layer + ".\" + kind][old]\n";
  }
  return text + "\n\n";
}

/// `read_batches(file)`: a batch is what the network takes and what it should give, a list of several inputs, a
/// dictionary of several targets.
inline std::string batches_text(const ScriptView& v) {
  if (v.inputs.empty() && v.losses.targets.empty())
    return R"(def read_batches(file):
    """The batches of an epoch: tensors images.0, labels.0, images.1, ..."""
    tensors = load_file(file)
    return [(tensors[f"images.{i}"], tensors[f"labels.{i}"]) for i in range(len(tensors) // 2)]


)";
  const auto tensor = [](const std::string& name) { return "tensors[f\"" + name + ".{i}\"]"; };
  std::string names = "images.0", images = tensor("images"), labels = tensor("labels");
  for (const std::string& name : v.inputs) {
    names += ", input." + name + ".0";
    images += ", " + tensor("input." + name);
  }
  if (!v.inputs.empty()) images = "[" + images + "]";
  names += ", labels.0";
  if (!v.losses.targets.empty()) labels = "";
  for (std::size_t i = 0; i < v.losses.targets.size(); ++i) {
    const std::string& name = v.losses.targets[i];
    if (i > 0) names += ", target." + name + ".0";
    labels += (i == 0 ? "{" : ", ") + in_quotes(name) + ": " + tensor(i == 0 ? "labels" : "target." + name);
  }
  if (!v.losses.targets.empty()) labels += "}";
  return "def read_batches(file):\n    \"\"\"The batches of an epoch: tensors " + names +
         ", images.1, ...\"\"\"\n    tensors = load_file(file)\n"
         "    count = sum(name.startswith(\"images.\") for name in tensors)\n    return [\n        (\n            " +
         images + ",\n            " + labels + ",\n        )\n        for i in range(count)\n    ]\n\n\n";
}

/// `read_batches(file)`, and for networks that see pictures `open_data(folder)`.
inline std::string data_text(const ScriptView& v) {
  std::string text = batches_text(v);
  if (!v.pictures) return text;
  const AugmentText& augment = v.augment;
  text += augment.views_function;
  const std::string erasing = augment.behind.empty() ? "" : ", *erasing",
                    views = augment.views_function.empty() ? "" : ", views";
  return text + R"(def open_data(folder):
    """Batches to train on and to test on: FOLDER/train and FOLDER/test (or val), or all of FOLDER and None."""
    to_floats = [v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    training = )" +
         list(augment.training, 15) + "\n" +
         (augment.behind.empty() ? "" : "    erasing = " + list(augment.behind, 14) + "\n") +
         "    evaluation = " + list(augment.evaluation, 17) + R"(
    folder = pathlib.Path(folder)
    train = folder / "train" if (folder / "train").is_dir() else folder
    test = next((folder / name for name in ("test", "val") if (folder / name).is_dir()), None)

    def batches(part, transform, shuffle):
        transform = v2.Compose([v2.PILToTensor(), *transform])
        pictures = torchvision.datasets.ImageFolder(part, transform)
        if len(pictures.classes) != CLASSES:
            sys.exit(f"{part} has {len(pictures.classes)} classes, the recipe {CLASSES}")
        return torch.utils.data.DataLoader(pictures, BATCH_SIZE, shuffle, num_workers=os.cpu_count())

    tests = test and batches(test, [*evaluation, *to_floats)" +
         views + R"(], False)
    return batches(train, [*training, *to_floats)" +
         erasing + R"(], True), tests


)";
}

}  // namespace tuneit::python
