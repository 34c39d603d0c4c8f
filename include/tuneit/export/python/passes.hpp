#pragma once
// What does a script do with a batch? A training step, and a test.
#include <string>

#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// Gradients are limited: those of a group by its own limit, all that have none of their own by the recipe's.
inline std::string clip_text(const ScriptView& v) {
  std::string text, others;
  std::size_t number = 0;
  for (const PartView& part : v.parts) {
    const std::string optimizer = "optimizers[" + whole(static_cast<double>(number++)) + "]";
    if (part.clip == ClipKind::None)
      others += (others.empty() ? "" : ", ") + optimizer;
    else
      text += clip_function(part.clip) + ("(parameters_of(" + optimizer) + "), " +
              part.constant(clip_constant(part.clip)) + ")\n";
  }
  const ExtrasView& e = v.extras;
  if (e.clip != ClipKind::None && !others.empty())
    text += clip_function(e.clip) + std::string("(") +
            (clips_by_part(v) ? "parameters_of(" + others + ")" : "model.parameters()") + ", " + clip_constant(e.clip) +
            ")\n";
  return text;
}

/// Where a batch lies, and in which precision.
inline std::string move_text(const ScriptView& v, const std::string& indent) {
  const std::string labels = v.losses.targets.empty() ? "labels = labels.to(device)\n"
                                                      : "labels = {name: t.to(device) for name, t in labels.items()}\n";
  if (v.inputs.empty() && v.losses.targets.empty() && !v.indices && indent.empty())
    return "images, labels = images.to(device, dtype), labels.to(device)\n";
  if (!v.inputs.empty())
    return indent + "images = [x.to(device, dtype if x.is_floating_point() else x.dtype) for x in images]\n" + indent +
           labels;
  return indent + (v.indices ? "images = images.to(device)\n" : "images = images.to(device, dtype)\n") + indent +
         labels;
}

/// What the network makes of a batch; of several outputs those that have a loss.
inline std::string outputs_text(const ScriptView& v, const std::string& shown) {
  const std::string of =
      v.losses.targets.empty() && !v.losses.output.empty() ? "[" + in_quotes(v.losses.output) + "]" : "";
  return "outputs = model(" + std::string(v.inputs.empty() ? "" : "*") + shown + ")" + of + "\n";
}

/// The body of the loop over batches: outputs, loss, gradients, and the step.
inline std::string batch_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  const bool windows = e.accumulate > 1, scales = v.precision == PrecisionKind::Half,
             mean = windows && !v.losses.loss.sum;
  const LossView& l = v.losses.loss;
  std::string t = "if step == args.steps:\n    break\n" + move_text(v, "");
  const std::string shown = e.mix == MixKind::None ? "images" : "mixed";
  if (e.mix != MixKind::None) t += "mixed, share = mix(images)\n";
  if (v.autocasts())
    t += std::string("with torch.autocast(device.type, torch.") +
         (v.precision == PrecisionKind::Half ? "float16" : "bfloat16") +
         ", enabled=" + (v.precision == PrecisionKind::Auto ? "bfloat16 and " : "") + "not args.double):\n    " +
         outputs_text(v, shown) +
         (v.losses.targets.empty() ? "outputs = outputs.to(dtype)\n"
                                   : "outputs = {name: y.to(dtype) for name, y in outputs.items()}\n");
  else
    t += outputs_text(v, shown);
  if (e.mix == MixKind::None)
    t += "loss = loss_of(outputs, labels)\n";
  else if (l.mixes_targets)
    t += "own, other = targets_of(outputs, labels), targets_of(outputs, labels.flip(0))\n"
         "loss = loss_of(outputs, share * own + (1 - share) * other)\n";
  else
    t += "loss = share * loss_of(outputs, labels) + (1 - share) * loss_of(outputs, labels.flip(0))\n";
  const std::string total = mean ? "loss * weight" : e.pulls && !windows ? "loss + pull(model, start)" : "loss";
  if (!windows) t += on_optimizers(v, "@.zero_grad()");
  if (mean) t += "weight = " + (l.share.empty() ? samples_of(v) : l.share) + "\n";
  const std::string grouped = contains(total, " ") ? "(" + total + ")" : total;
  t += scales ? "scaler.scale(" + total + ").backward()\n" : grouped + ".backward()\n";
  t += "loss_sum += " + loss_sum_text(l, "loss.item()", samples_of(v)) + "\ncount += " + samples_of(v) + "\n";
  if (windows) {
    if (mean) t += "window += weight\n";
    t += "if batch % ACCUMULATE != 0 and batch < len(train_batches):\n    continue\n";
  }
  if (scales && (e.clip != ClipKind::None || mean || clips_by_part(v))) t += on_optimizers(v, "scaler.unscale_(@)");
  if (mean)
    t += "for p in model.parameters():  # the mean over what was really seen\n    if p.grad is not None:\n"
         "        p.grad /= window\n";
  if (windows && e.pulls) t += "pull(model, start).backward()\n";
  t += clip_text(v);
  if (v.moves_rate() || v.moves_momentum())
    t += std::string("set_numbers(") + (v.grouped ? "optimizers" : "optimizer") + ", step, spe" +
         (e.watches ? ", plateau.factor)\n" : ")\n");
  t += scales ? on_optimizers(v, "scaler.step(@)") + "scaler.update()\n" : on_optimizers(v, "@.step()");
  if (windows) t += on_optimizers(v, "@.zero_grad()") + (mean ? "window = 0\n" : "");
  if (e.averages) t += "update(average, model, step)\n";
  t += "step += 1\n";
  return t;
}

/// `evaluate(model, batches, device, dtype)`.
inline std::string evaluate_text(const ScriptView& v) {
  const LossView& l = v.losses.loss;
  const bool hits = counts_hits(v);
  const std::string loss = l.smoothing > 0 ? "loss_of(outputs, labels, smoothing=0.0)" : "loss_of(outputs, labels)",
                    of = v.losses.targets.empty() ? "" : "[" + in_quotes(v.losses.output) + "]";
  return std::string("@torch.no_grad()\ndef evaluate(model, batches, device, dtype):\n    \"\"\"Mean loss") +
         (hits ? " and share of hits" : "") + " over all samples, whatever the batches.\"\"\"\n" +
         "    model.eval()\n    loss, " + (hits ? "correct, count = 0.0, 0, 0" : "count = 0.0, 0") +
         "\n    for images, labels in batches:\n" + move_text(v, "        ") + "        " +
         (v.augment.views_function.empty()
              ? outputs_text(v, "images")
              : "outputs = model(images.flatten(0, 1)).unflatten(0, images.shape[:2]).mean(1)\n") +
         "        loss += " + loss_sum_text(l, loss + ".item()", samples_of(v)) + "\n" +
         (hits ? "        correct += (" +
                     (v.classes == 1 ? "(outputs" + of + "[:, 0] > 0)" : "outputs" + of + ".argmax(1)") + " == labels" +
                     of + ").sum().item()\n"
               : "") +
         "        count += " + samples_of(v) + "\n    return loss / count, " + (hits ? "correct / count" : "math.nan") +
         "\n\n\n";
}

}  // namespace tuneit::python
