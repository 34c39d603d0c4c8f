#pragma once
// The main function of a script: command line, preparation, epochs.
#include <string>

#include "tuneit/export/python/passes.hpp"
#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

namespace detail {

/// What is tested and saved.
inline std::string judged_text(const ExtrasView& e) { return e.averages ? "average" : "model"; }

/// Its command line.
inline std::string arguments_text(const ScriptView& v) {
  std::string t = R"(def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
)";
  if (v.pictures) t += "    parser.add_argument(\"--data\", metavar=\"FOLDER\", help=\"pictures to train on\")\n";
  if (!v.scratch())
    t += "    parser.add_argument(\"--weights\", metavar=\"FILE\", help=\"to start from: .pth or .safetensors\")\n";
  t += R"(    parser.add_argument("--out", metavar="FILE", help="for the trained weights: .safetensors")
    parser.add_argument("--batches", metavar="FILE", help="the batches of an epoch)" +
       std::string(v.pictures ? ", in place of --data" : "") + R"(")
)" +
       std::string(
           v.pictures ? "" : "    parser.add_argument(\"--test-batches\", metavar=\"FILE\", help=\"to test on\")\n") +
       R"(    parser.add_argument("--init", metavar="FILE", help="all tensors to start from")
    parser.add_argument("--double", action="store_true", help="double precision")
    parser.add_argument("--steps", type=int, help="stop after so many")
    args = parser.parse_args(arguments)

)";
  return t;
}

/// Up to the first epoch: model, batches, optimizer, and what counts.
inline std::string preparation_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  std::string t = "    torch.manual_seed(SEED)\n";
  if (e.mix != MixKind::None) t += "    random.seed(SEED)\n";
  t += R"(    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.float64 if args.double else torch.float32
)";
  if (v.tf32) t += "    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True\n";
  t += R"(    model = make_model().to(device, dtype)
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
         "    train_batches = read_batches(args.batches)\n"
         "    test_batches = read_batches(args.test_batches) if args.test_batches else None\n";
  t += v.grouped ? "    optimizers = make_optimizers(model)\n" : "    optimizer = make_optimizer(model)\n";
  if (v.precision == PrecisionKind::Auto)
    t += "    if device.type == \"cuda\":\n        bfloat16 = torch.cuda.is_bf16_supported()\n    else:\n"
         "        bfloat16 = torch.cpu._is_avx512_bf16_supported()\n";
  if (v.precision == PrecisionKind::Half)
    t += "    scaler = torch.amp.GradScaler(device.type, enabled=not args.double)\n";
  if (e.averages) t += "    average = copy.deepcopy(model)  # what is tested and saved\n";
  if (e.pulls) t += "    start = {name: p.detach().clone() for name, p in model.named_parameters()}\n";
  t += e.accumulate > 1 ? "    spe = -(-len(train_batches) // ACCUMULATE)  # steps in an epoch\n"
                        : "    spe = len(train_batches)  # steps in an epoch\n";
  long long table_steps = 0;
  for (const PartView& part : v.parts)
    for (const PhaseView& p : part.phases) table_steps = std::max(table_steps, p.time.table_steps);
  if (const std::string n = whole(static_cast<double>(table_steps)); table_steps > 0)
    t += "    assert spe == " + n + ", \"the table of the schedule is for " + n + " steps an epoch\"\n";
  t += "    step, best = 0, -1.0\n";
  if (e.stops) t += "    lowest, waited = math.inf, 0\n";
  if (e.watches) t += "    plateau = Plateau()\n";
  return t;
}

/// An epoch of training.
inline std::string training_text(const ScriptView& v) {
  const bool windows = v.extras.accumulate > 1;
  std::string t;
  if (v.phased)
    t += std::string("phase = phase_at(step, spe)[0]\nfor group in ") +
         (v.grouped ? "[group for optimizer in optimizers for group in optimizer.param_groups]"
                    : "optimizer.param_groups") +
         ":\n    for p in group[\"params\"]:\n        p.requires_grad_(group[\"rate\"][phase] is not None)\n";
  t += "model.train()\n";
  if (v.plan.has_still())
    t += std::string("for name in EVALUATING") + (v.plan.always_same_still() ? "" : "[phase]") +
         ":\n    model.get_submodule(name).eval()  # after model.train()\n";
  t += "loss_sum, count = 0.0, 0\n";
  if (windows) t += on_optimizers(v, "@.zero_grad()") + (v.losses.loss.sum ? "" : "window = 0\n");
  t += windows ? "for batch, (images, labels) in enumerate(train_batches, 1):\n"
               : "for images, labels in train_batches:\n";
  return t + indented(batch_text(v));
}

/// What is judged of an epoch, and kept.
inline std::string judgement_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  const std::string judged = judged_text(e);
  std::string t;
  t += "        print(f\"epoch {epoch + 1}: loss {loss_sum / count:.4f}\", end=\"\" if test_batches else \"\\n\")\n";
  t += std::string("        if test_batches:\n            test_loss, accuracy = evaluate(") + judged +
       ", test_batches, device, dtype)\n";
  t += counts_hits(v) ? R"(            print(f", test loss {test_loss:.4f}, accuracy {accuracy:.4f}")
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
  return t;
}

}  // namespace detail

/// `main(arguments)`.
inline std::string main_text(const ScriptView& v) {
  return detail::arguments_text(v) + detail::preparation_text(v) +
         "    for epoch in range(EPOCHS):\n        if step == args.steps:\n            break\n" +
         indented(detail::training_text(v), 8) + detail::judgement_text(v) + "    if args.out:\n        save(" +
         detail::judged_text(v.extras) + ", args.out)\n\n\nif __name__ == \"__main__\":\n    main()\n";
}

}  // namespace tuneit::python
