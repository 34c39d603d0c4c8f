#pragma once
// What does a script do with a batch? A training step, and a test.
#include <string>

#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// The body of the loop over batches: outputs, loss, gradients, and the step.
inline std::string batch_text(const ScriptView& v) {
  const ExtrasView& e = v.extras;
  const bool windows = e.accumulate > 1, scales = v.precision == PrecisionKind::Half, mean = windows && !v.loss.sum;
  std::string t = "if step == args.steps:\n    break\nimages, labels = images.to(device, dtype), labels.to(device)\n";
  const std::string shown = e.mix == MixKind::None ? "images" : "mixed";
  if (e.mix != MixKind::None) t += "mixed, share = mix(images)\n";
  if (v.autocasts())
    t += std::string("with torch.autocast(device.type, torch.") +
         (v.precision == PrecisionKind::Half ? "float16" : "bfloat16") +
         ", enabled=" + (v.precision == PrecisionKind::Auto ? "bfloat16 and " : "") +
         "not args.double):\n    outputs = model(" + shown + ")\noutputs = outputs.to(dtype)\n";
  else
    t += "outputs = model(" + shown + ")\n";
  t += e.mix == MixKind::None
           ? "loss = loss_of(outputs, labels)\n"
           : "loss = share * loss_of(outputs, labels) + (1 - share) * loss_of(outputs, labels.flip(0))\n";
  const std::string total = mean ? "loss * weight" : e.pulls && !windows ? "loss + pull(model, start)" : "loss";
  if (!windows) t += "optimizer.zero_grad()\n";
  if (mean) t += "weight = " + v.loss.share + "\n";
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

/// `evaluate(model, batches, device, dtype)`.
inline std::string evaluate_text(const ScriptView& v) {
  const bool hits = counts_correct(v.loss);
  const std::string loss =
      v.loss.smoothing > 0 ? "loss_of(outputs, labels, smoothing=0.0)" : "loss_of(outputs, labels)";
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

}  // namespace tuneit::python
