#pragma once
// The parts of the script that hardly differ between recipes: helpers, data, tests of the model, the training loop.
#include <string>

#include "tuneit/python/script.hpp"

namespace tuneit::python {

/// Small helpers; only those that the script uses.
inline std::string helpers_text(const ScriptView& v, bool patterns) {
  std::string text;
  if (patterns)
    text += R"(def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


)";
  if (!plain(v))
    text += contains(groups_text(v.plan.tensors, v.phased), "\"vectors\"")
                ? R"(def belongs(name, p, group):
    """Is a parameter one of the group? "vectors": True are only those of one dimension, False only the others."""
    return matches(name, group["names"]) and group.get("vectors", p.ndim < 2) == (p.ndim < 2)


)"
                : "def belongs(name, p, group):\n    return matches(name, group[\"names\"])\n\n\n";
  return text;
}

inline std::string module_helpers_text(const ScriptView& v) {
  std::string text;
  if (v.dotted)
    text += R"(def put(model, name, module):
    """A module under a dotted name of the state dict."""
    *path, last = name.split(".")
    for part in path:
        if part not in dict(model.named_children()):
            model.add_module(part, nn.Module())
        model = model.get_submodule(part)
    model.add_module(last, module)


)";
  if (v.pads)
    text += R"(def pad_same(x, kernel, stride):
    """Padding that keeps ceil(size / stride), more of it at the right and bottom (TensorFlow's SAME)."""
    h, w = (max(0, (-(-size // stride) - 1) * stride + kernel - size) for size in x.shape[2:])
    return F.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))


)";
  return text;
}

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
    wanted = [name for name in model.state_dict())" +
      std::string(v.fresh() ? " if not matches(name, FRESH)]\n" : "]\n") +
      R"(    missing = [name for name in wanted if name not in weights and not name.endswith("num_batches_tracked")]
    if missing:
        sys.exit(f"{file} lacks {missing}")
    model.load_state_dict({name: weights[name] for name in wanted if name in weights}, strict=False)
)";
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

inline std::string data_text(const ScriptView& v) {
  std::string text = R"(def read_batches(file):
    """The batches of an epoch: tensors images.0, labels.0, images.1, ..."""
    tensors = load_file(file)
    return [(tensors[f"images.{i}"], tensors[f"labels.{i}"]) for i in range(len(tensors) // 2)]


)";
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

/// The loss of a batch times its samples, so that means are exact: an expression of what loss_of gave.
inline std::string loss_sum_text(const LossView& l, const std::string& loss) {
  if (!l.sum) return loss + " * len(labels)";
  return loss + (l.kind == LossKind::CrossEntropy ? "" : " / outputs.shape[1]");
}

inline std::string evaluate_text(const ScriptView& v) {
  const bool hits = counts_hits(v.loss);
  const std::string loss =
      v.loss.numbers.smoothing > 0 ? "loss_of(outputs, labels, smoothing=0.0)" : "loss_of(outputs, labels)";
  return std::string("@torch.no_grad()\ndef evaluate(model, batches, device, dtype):\n    \"\"\"Mean loss") +
         (hits ? " and share of hits" : "") + " over all samples, whatever the batches.\"\"\"\n" +
         "    model.eval()\n    loss, " + (hits ? "correct, count = 0.0, 0, 0" : "count = 0.0, 0") +
         "\n    for images, labels in batches:\n        labels = labels.to(device)\n"
         "        outputs = " +
         (v.augment.views_function.empty()
              ? "model(images.to(device, dtype))"
              : "model(images.flatten(0, 1).to(device, dtype)).unflatten(0, images.shape[:2]).mean(1)") +
         "\n        loss += " + loss_sum_text(v.loss, loss + ".item()") + "\n" +
         (hits ? "        correct += (" + std::string(v.classes == 1 ? "(outputs[:, 0] > 0)" : "outputs.argmax(1)") +
                     " == labels).sum().item()\n"
               : "") +
         "        count += len(labels)\n    return loss / count, " + (hits ? "correct / count" : "math.nan") + "\n\n\n";
}

/// One batch: outputs, loss, gradients, and the step.
inline std::string batch_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  const bool windows = e.accumulate > 1, scales = v.numbers == NumberType::Half, mean = windows && !v.loss.sum;
  std::string t = "if step == args.steps:\n    break\nimages, labels = images.to(device, dtype), labels.to(device)\n";
  const std::string shown = e.mix == MixKind::None ? "images" : "mixed";
  if (e.mix != MixKind::None) t += "mixed, share = mix(images)\n";
  if (v.autocasts())
    t += std::string("with torch.autocast(device.type, torch.") +
         (v.numbers == NumberType::Half ? "float16" : "bfloat16") +
         ", enabled=" + (v.numbers == NumberType::Auto ? "bfloat16 and " : "") +
         "not args.double):\n    outputs = model(" + shown + ")\noutputs = outputs.to(dtype)\n";
  else
    t += "outputs = model(" + shown + ")\n";
  t += e.mix == MixKind::None
           ? "loss = loss_of(outputs, labels)\n"
           : "loss = share * loss_of(outputs, labels) + (1 - share) * loss_of(outputs, labels.flip(0))\n";
  const std::string total = mean ? "loss * weight" : e.pulls && !windows ? "loss + pull(model, start)" : "loss";
  if (!windows) t += "optimizer.zero_grad()\n";
  if (mean) t += "weight = " + share_text(v.loss) + "\n";
  const std::string grouped = contains(total, " ") ? "(" + total + ")" : total;
  t += scales ? "scaler.scale(" + total + ").backward()\n" : grouped + ".backward()\n";
  t += "loss_sum += " + loss_sum_text(v.loss, "loss.item()") + "\ncount += len(labels)\n";
  if (windows) {
    if (mean) t += "window += weight\n";
    t += "if batch % ACCUMULATE != 0 and batch < len(train_batches):\n    continue\n";
  }
  if (scales && (e.clip != ClipKind::None || mean)) t += "scaler.unscale_(optimizer)\n";
  if (mean)
    t += "for p in model.parameters():  # the mean over what was really seen\n    if p.grad is not None:\n"
         "        p.grad /= window\n";
  if (windows && e.pulls) t += "pull(model, start).backward()\n";
  if (e.clip == ClipKind::Norm) t += "nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)\n";
  if (e.clip == ClipKind::Value) t += "nn.utils.clip_grad_value_(model.parameters(), CLIP_VALUE)\n";
  if (v.moves_rate() || v.moves_momentum())
    t += std::string("set_numbers(optimizer, step, spe") + (e.watches ? ", plateau.factor)\n" : ")\n");
  t += scales ? "scaler.step(optimizer)\nscaler.update()\n" : "optimizer.step()\n";
  if (windows) t += std::string("optimizer.zero_grad()\n") + (mean ? "window = 0\n" : "");
  if (e.averages) t += "update(average, model, step)\n";
  t += "step += 1\n";
  return t;
}

inline std::string main_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  const bool windows = e.accumulate > 1;
  const std::string judged = e.averages ? "average" : "model";
  std::string t = R"(def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
)";
  if (v.pictures) t += "    parser.add_argument(\"--data\", metavar=\"FOLDER\", help=\"pictures to train on\")\n";
  if (!v.scratch())
    t += "    parser.add_argument(\"--weights\", metavar=\"FILE\", help=\"to start from: .pth or .safetensors\")\n";
  t += R"(    parser.add_argument("--out", metavar="FILE", help="for the trained weights: .safetensors")
    parser.add_argument("--batches", metavar="FILE", help="the batches of an epoch, in place of --data")
    parser.add_argument("--init", metavar="FILE", help="all tensors to start from")
    parser.add_argument("--double", action="store_true", help="double precision")
    parser.add_argument("--steps", type=int, help="stop after so many")
    args = parser.parse_args(arguments)

    torch.manual_seed(SEED)
)";
  if (e.mix != MixKind::None) t += "    random.seed(SEED)\n";
  t += R"(    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.float64 if args.double else torch.float32
    model = make_model().to(device, dtype)
    if args.init:
        model.load_state_dict(load_file(args.init))
)";
  if (!v.scratch())
    t += "    elif args.weights:\n        load_weights(model, args.weights)\n"
         "    else:\n        parser.error(\"--weights FILE says what to start from\")\n";
  if (v.pictures)
    t += "    if args.batches:\n        train_batches, test_batches = read_batches(args.batches), None\n"
         "    elif args.data:\n        train_batches, test_batches = open_data(args.data)\n"
         "    else:\n        parser.error(\"--data FOLDER says what to train on\")\n";
  else
    t += "    if not args.batches:\n        parser.error(\"--batches FILE says what to train on\")\n"
         "    train_batches, test_batches = read_batches(args.batches), None\n";
  t += "    optimizer = make_optimizer(model)\n";
  if (v.numbers == NumberType::Auto)
    t += "    if device.type == \"cuda\":\n        bfloat16 = torch.cuda.is_bf16_supported()\n    else:\n"
         "        bfloat16 = torch.cpu._is_avx512_bf16_supported()\n";
  if (v.numbers == NumberType::Half) t += "    scaler = torch.amp.GradScaler(device.type, enabled=not args.double)\n";
  if (e.averages) t += "    average = copy.deepcopy(model)  # what is tested and saved\n";
  if (e.pulls) t += "    start = {name: p.detach().clone() for name, p in model.named_parameters()}\n";
  t += windows ? "    spe = -(-len(train_batches) // ACCUMULATE)  # steps in an epoch\n"
               : "    spe = len(train_batches)  # steps in an epoch\n";
  for (const PhaseView& p : v.phases)
    if (p.time.table_steps > 0) {
      const std::string n = whole(static_cast<double>(p.time.table_steps));
      t += "    assert spe == " + n + ", \"the table of the schedule is for " + n + " steps an epoch\"\n";
      break;
    }
  t += "    step, best = 0, -1.0\n";
  if (e.stops) t += "    lowest, waited = math.inf, 0\n";
  if (e.watches) t += "    plateau = Plateau()\n";
  t += "    for epoch in range(EPOCHS):\n        if step == args.steps:\n            break\n";
  std::string enter;
  bool same = true, any = false;
  for (const Names& names : v.plan.still) {
    same = same && names == v.plan.still[0];
    any = any || !names.empty();
  }
  if (v.phased)
    enter +=
        "phase = phase_at(step, spe)[0]\nfor group in optimizer.param_groups:\n    for p in group[\"params\"]:\n"
        "        p.requires_grad_(group[\"rate\"][phase] is not None)\n";
  enter += "model.train()\n";
  if (any)
    enter += std::string("for name in EVALUATING") + (same ? "" : "[phase]") +
             ":\n    model.get_submodule(name).eval()  # after model.train()\n";
  enter += "loss_sum, count = 0.0, 0\n";
  if (windows) enter += std::string("optimizer.zero_grad()\n") + (v.loss.sum ? "" : "window = 0\n");
  enter += windows ? "for batch, (images, labels) in enumerate(train_batches, 1):\n"
                   : "for images, labels in train_batches:\n";
  t += indented(enter, 8) + indented(batch_text(v), 12);
  t += "        print(f\"epoch {epoch + 1}: loss {loss_sum / count:.4f}\", end=\"\" if test_batches else \"\\n\")\n";
  t += std::string("        if test_batches:\n            test_loss, accuracy = evaluate(") + judged +
       ", test_batches, device, dtype)\n";
  t += counts_hits(v.loss) ? R"(            print(f", test loss {test_loss:.4f}, accuracy {accuracy:.4f}")
            if accuracy > best:
                best = accuracy
)"
                           : R"(            print(f", test loss {test_loss:.4f}")
            if best < 0 or test_loss < best:
                best = test_loss
)";
  t += std::string("                if args.out:\n                    save(") + judged +
       ", args.out.removesuffix(\".safetensors\") + \".best.safetensors\")\n";
  if (e.stops || e.watches) t += "        watched = test_loss if test_batches else loss_sum / count\n";
  if (e.watches) t += "        plateau.observe(watched)\n";
  if (e.stops)
    t += R"(        if watched < lowest - MIN_DELTA:
            lowest, waited = watched, 0
        else:
            waited += 1
            if waited >= PATIENCE:
                print("the loss no longer falls")
                break
)";
  t += "    if args.out:\n        save(" + judged + ", args.out)\n\n\nif __name__ == \"__main__\":\n    main()\n";
  return t;
}

/// The whole script.
inline std::string script(const ScriptView& v) {
  const bool curves = v.moves_rate(), momenta = v.moves_momentum();
  std::string body;
  body += module_helpers_text(v) + v.definitions + v.make_model + "\n\n";
  const std::string planned = plan_constants(v);
  if (v.phased) body += phases_text(v.algorithm, v.phases);
  body += planned;
  if (v.phased || !planned.empty()) body += "\n\n";
  const std::string loading = load_text(v);
  body += helpers_text(v, contains(body + loading + extras_functions(v.extras), "GROUPS") ||
                              contains(loading, "matches(") || v.extras.pulls);
  body += optimizer_definition(v.algorithm) + optimizer_text(v) + "\n\n";
  if (v.phased) body += phase_at_text() + "\n\n";
  if (curves) body += curve_text(v.algorithm, v.phases, v.phased, true) + "\n\n";
  if (momenta) body += curve_text(v.algorithm, v.phases, v.phased, false) + "\n\n";
  if (curves || momenta) body += set_numbers_text(v) + "\n\n";
  body += loss_text(v.loss) + "\n\n" + extras_functions(v.extras) + loading + data_text(v) + evaluate_text(v);
  body += R"(def save(model, file):
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, file, {"format": "pt"})


)" + main_text(v);

  std::string imports = "import argparse\n";
  for (const char* module : {"copy", "fnmatch", "math", "os", "pathlib", "random", "sys"})
    if (contains(body, std::string(module) + ".")) imports += "import " + std::string(module) + "\n";
  imports += "\nimport torch\n";
  if (contains(body, "F.")) imports += "import torch.nn.functional as F\n";
  if (contains(body, "torchvision.")) imports += "import torchvision\n";
  imports += "from safetensors.torch import load_file, save_file\nfrom torch import nn\n";
  if (contains(body, "v2.")) imports += "from torchvision.transforms import v2\n";
  return "#!/usr/bin/env python3\n" + docstring(v) + "\n" + imports + "\n" + constants(v) + "\n\n" + body;
}

}  // namespace tuneit::python
