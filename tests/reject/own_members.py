#!/usr/bin/env python3
"""Every member of one's own things, missing or misspelt: one error that names it, in at most 3,000 bytes (g++) or 4,000 (clang).

usage: own_members.py [--torch FOLDER] [COMPILER...]      g++ and clang++-19, where they are installed
       --torch FOLDER: instead, what only a Trainer asks, with the LibTorch that lies there
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

top = pathlib.Path(__file__).resolve().parents[2]
limits = {"g++": 3000, "clang": 4000}  # bytes, without the folders

head = "#include <tuneit/recipe.hpp>\nusing namespace tuneit;\n"
gradients = "static constexpr Moments acts = OnGradients; "
factor = "static constexpr double factor(const ScheduleTime&) { return 1; } "
apply = "template <class Model, class P> static constexpr void %s(%s) { plan.rows[0].frozen = true; } "
moments = (
    "on_start on_batch around_gradients on_gradients before_step after_step before_evaluation after_last_step on_epoch"
).split()
slots = {
    "Warmup": "in_steps", "Optimizer": "option_numbers", "Loss": "targets", "Head": "adapted", "Precision": "type",
    "Accumulate": "numbers", "Clip": "kind", "Ema": "averages", "EarlyStop": "stops", "BadSample": "numbers", "L2Sp": "pulls",
    "ReuseRows": "to", "Mix": "kind", "Augment": "steps", "TestViews": "kind", "Epochs": "count", "BatchSize": "count",
    "Views": "count", "Phases": "list",
}  # fmt: skip

# {what is wrong: (members of `struct Own : PolicyTag`, words that the message must have)}
policies = {
    "stage": ("static constexpr int stage = 1;", "LacksItsMember<Own"),
    "knobs": ("static constexpr int knobs = 1; " + gradients, "LacksItsMember<Own"),
    "numbers": (
        gradients + "static constexpr Order order = Order::Add; static constexpr double numbers[1] = {};",
        "LacksItsMember<Own",
    ),
    "numbers and knobs": (
        "static constexpr Stage stage = Stage::Freeze; static constexpr std::array numbers{Hyperparameter{}}, knobs{Hyperparameter{}}; "
        + apply % ("apply", "P& plan"),
        "LacksItsMember<Own",
    ),
    "batches_per_step": (
        "static constexpr Moments acts = AfterStep; static constexpr int batches_per_step(const double*) { return 2; }",
        "LacksItsMember<Own",
    ),
    "judge_recipe": ("static constexpr Moments acts = AfterStep; using judge_recipe = Accepted;", "LacksItsMember<Own"),
    "acts": ("static constexpr int acts = 8;", "LacksItsMember<Own"),
    "order": (gradients, "LacksItsMember<Own"),
    "order misspelt": (gradients + "static constexpr Order oder = Order::Add;", "LacksItsMember<Own"),
    "order without OnGradients": (
        "static constexpr Moments acts = AfterStep; static constexpr Order order = Order::Add;",
        "ActsUnannounced<Own",
    ),
    "effects": (
        "static constexpr Moments acts = AfterStep; static constexpr int effects = 1;",
        "LacksItsMember<Own",
    ),
    "judge": ("static constexpr Moments acts = AfterStep; using judge = Accepted;", "LacksItsMember<Own"),
    "apply misspelt": ("static constexpr Stage stage = Stage::Freeze; " + apply % ("aply", "P& plan"), "LacksItsFunction<Own"),
    "apply of a copy": (
        "static constexpr Stage stage = Stage::Freeze; template <class Model> static constexpr void apply() {}",
        "LacksItsFunction<Own",
    ),
    "stage misspelt": ("static constexpr Stage stag = Stage::Freeze; " + apply % ("apply", "P& plan"), "LacksItsMember<Own"),
    "factor": ("using slot = slots::Schedule;", "LacksItsFunction<Own"),
    "has": ("using slot = slots::Schedule; static constexpr int has = 1; " + factor, "LacksItsMember<Own"),
}
# {what is wrong: (bases and members of an optimizer, words)}
options = "Optimizer<Own<O...>, Defaults<%s>, O...>"
optimizers = {
    "states": (options % "Lr<1>", "", '"states"'),
    "states misspelt": (options % "Lr<1>", 'static constexpr std::array state{"mean"};', '"states"'),
    "states of another type": (options % "Lr<1>", "static constexpr int states = 1;", '"states"'),
    "a state with a number that is not there": (
        options % "Lr<1>", 'static constexpr std::array states{OptimizerState{.name = "mean", .only_with = "momentum"}};', '"states"',
    ),
    "states, one twice": (options % "Lr<1>", 'static constexpr std::array states{"mean", "mean"};', '"states"'),
    "title": (options % "Lr<1>", 'static constexpr std::array states{"mean"}; static constexpr const char* Title = "Own";', '"title"'),
    "title of another type": (options % "Lr<1>", 'static constexpr std::array states{"mean"}; static constexpr int title = 1;', '"title"'),
    "leaves_out": (options % "Lr<1>", 'static constexpr std::array states{"mean"}; static constexpr bool leaves_out = true;', '"Update::leaves_out"'),
    "of another": ("Optimizer<Sgd<O...>, Defaults<Lr<1>>, O...>", 'static constexpr std::array states{"mean"};', '"Optimizer<Self>"'),
    "no rate": (options % "WeightDecay<0>", 'static constexpr std::array states{"mean"};', '"Lr"'),
    "an option that it does not list": (options % "Lr<1>", 'static constexpr std::array states{"mean"};', "this policy has no such option"),
}  # fmt: skip
steps = "static constexpr Moments acts = AfterStep; template <class C> void after_step(const C&) const {} "
for member, text in {
    "numbers": "static constexpr std::array number{Hyperparameter{}};",
    "numbers, private": "private: static constexpr std::array numbers{Hyperparameter{}};",
    "numbers, a name of two words": 'static constexpr std::array numbers{Hyperparameter{.name = "two words"}};',
    "numbers, no name": "static constexpr std::array numbers{Hyperparameter{}};",
    "effects": "static constexpr Effects effect{};",
    "after": "using afters = List<>;",
    "batches_per_step": "static constexpr long long batch_per_step(const double*) { return 2; }",
    "judge_recipe": "template <class Parts> using judges_recipe = Type<Accepted>;",
}.items():
    policies[f"{member}, nearly"] = (steps + text, "LacksItsMember<Own")
shape = "using tensors = None; using out = SameShape; "
layers = {
    "cost": (shape + "static constexpr Cost costs(Shape, Shape) { return {}; }", "ItsCost"),
    "cost of another type": (shape + "static constexpr int cost(Shape, Shape) { return 1; }", "ItsCost"),
    "cost, private": (shape + "private: static constexpr Cost cost(Shape, Shape) { return {}; }", "ItsCost"),
    "saved": (shape + "static constexpr SavedSizes saves(Shape, Shape, Facts) { return {}; }", "ItsSaved"),
    "draws of another type": (shape + "using draws = None;", "ItsDraws"),
    "draws": (shape + "static constexpr DrawsFrom draw = DrawsFrom::Nothing;", "ItsDraws"),
    "reads of another type": (shape + "static constexpr int reads = 1;", "ItsReads"),
    "out": ("using tensors = None; using output = SameShape;", "OutputShape"),
    "tensors": ("using tensor = None; using out = SameShape; ", "ItsTensors"),
}
merges = {
    "out": "",
    "out misspelt": "static constexpr Shape outs(Shape x, Shape) { return x; }",
    "out of other arguments": "static constexpr Shape out(Shape x) { return x; }",
    "out of another type": "static constexpr int out(Shape, Shape) { return 1; }",
    "out, private": "private: static constexpr Shape out(Shape x, Shape) { return x; }",
    "out, no constant": "static Shape out(Shape x, Shape) { return x; }",
}
for word in "MovesMomentum WatchesLoss KnowsNeverActs KnowsTooLong".split():
    policies[word] = (
        f"using slot = slots::Schedule; static constexpr Abilities has = {word}; " + factor,
        "LacksItsMember<Own",
    )
for slot, member in slots.items():
    policies[f"slots::{slot}"] = (f"using slot = slots::{slot};", f'"{member}"')
takes = "using slot = slots::Loss; using reduction = Mean; using targets = %s; "
fits = "static constexpr bool %s(Shape) { return true; } "
mixes = "static constexpr %s mixes = %s; "
never = mixes % ("Mixes", "Mixes::Never")
for name, (members, words) in {
    "targets": (takes % "int" + fits % "fits" + never, "LacksItsFunction<Own"),
    "targets misspelt": ("using slot = slots::Loss; using target = Classes; " + fits % "fits" + never, '"targets"'),
    "fits misspelt": (takes % "Classes" + fits % "fit" + never, '"fits"'),
    "fits of other arguments": (takes % "Classes" + "static constexpr bool fits(int, int) { return true; } " + never, '"fits"'),
    "mixes": (takes % "Classes" + fits % "fits" + mixes % ("int", "1"), "LacksItsFunction<Own"),
    "mixes misspelt": (takes % "Classes" + fits % "fits" + "static constexpr Mixes mix = Mixes::Never;", '"mixes"'),
}.items():
    policies[f"loss: {name}"] = (members, words)
own_fits = "static constexpr bool fits(Shape) { return true; } "
whole = "using targets = Classes; " + own_fits
lacks = "LacksInItsSlot<Own, "
# {what is wrong: (base of a loss, its members, words)}
losses = {
    name: ("Loss<Own>", whole + members, lacks)
    for name, members in {
        "reduction": "using reducton = Sum;",
        "reduction, Reduction": "using Reduction = Sum;",
        "reduction, reduce": "using reduce = Sum;",
        "label_smoothing": "static constexpr double label_smothing = 0.1;",
        "label_smoothing, smoothing": "static constexpr double smoothing = 0.1;",
        "label_smoothing of another type": 'static constexpr const char* label_smoothing = "0.1";',
        "name": 'static constexpr const char* nam = "own";',
        "name of another type": "static constexpr int name = 1;",
        "numbers": 'static constexpr std::array number{Hyperparameter{.name = "scale", .value = 1}};',
        "numbers, hyperparameters": 'static constexpr std::array hyperparameters{Hyperparameter{.name = "scale", .value = 1}};',
        "numbers, a name of two words": 'static constexpr std::array numbers{Hyperparameter{.name = "two words", .value = 1}};',
        "mixes": "static constexpr Mixes mix = Mixes::Linear;",
        "words": 'static std::string word(const Numbers<Own>&) { return "own"; }',
        "words of other arguments": 'static std::string words(int) { return "own"; }',
        "words, private": 'private: static std::string words(const Numbers<Own>&) { return "own"; }',
        "on": 'using On_ = On<"out">;',
        "on, output": 'using output = On<"out">;',
        "on of another type": "using on = int;",
    }.items()
}  # fmt: skip
losses |= {
    "fits": ("Loss<Own>", "using targets = Classes;", lacks),
    "targets": ("Loss<Own>", own_fits, lacks),
    "of another": ("Loss<Classes>", whole, lacks),
    "a named one of ours": ("CrossEntropy<>", "using reducton = Sum;", lacks),
}  # fmt: skip
measure = 'static constexpr std::string_view name = "own"; '
metrics = {
    name: (measure + members, "LacksItsMember<Own, ")
    for name, members in {
        "lower_is_better, lower_better": "static constexpr bool lower_better = true;",
        "lower_is_better, lower_is_best": "static constexpr bool lower_is_best = true;",
        "lower_is_better, higher_is_better": "static constexpr bool higher_is_better = false;",
        "takes": "static constexpr bool take(TargetKind) { return true; }",
        "on, output": 'using output = On<"out">;',
        "on of another type": "using on = int;",
    }.items()
}  # fmt: skip
metrics |= {
    "name": ('static constexpr std::string_view nam = "own";', "NotAMetric<Own"),
    "takes of another type": (measure + "static constexpr int takes = 1;", "NotAMetric<Own"),
}  # fmt: skip
for moment in moments:
    policies[moment] = (
        f"template <class C> void {moment}(const C&) {{}}",
        "ActsUnannounced<Own",
    )


def optimizer(name, base, members):
    own = "Own<Momentum<0.9>>" if name.startswith("an option") else "Own<>"
    return head + f"template <class... O> struct Own : {base} {{ {members} }};\nFinetune<TinyNet, {own}> recipe;\n"


def loss(base, members, recipe="Own"):
    return head + f"struct Own : {base} {{ {members} }};\nFinetune<TinyNet, {recipe}> recipe;\n"


def metric(members, policy):
    return head + f"struct Own : MetricTag {{ {members} }};\nFinetune<TinyNet, {policy}<Own>> recipe;\n"


def program(members):
    return head + f"struct Own : PolicyTag {{ {members} }};\nFinetune<TinyNet, Own> recipe;\n"


def layer(members):
    net = "Network<Input<3, 8>, Block<\"a\", Own>, Block<\"head\", GlobalAvgPool, Named<\"fc\", Linear<3, 5>>>>"
    return head + f"struct Own : LayerTag {{ {members} }};\nstruct Net : {net} {{}};\nFinetune<Net> recipe;\n"


def merge(members):
    net = (
        'Network<Input<3, 8>, Block<"a", Save<"w">, ReLU, Merge<Own, "w">>, Block<"head", GlobalAvgPool, '
        'Named<"fc", Linear<3, 5>>>>'
    )
    return head + f"struct Own : MergeTag {{ {members} }};\nstruct Net : {net} {{}};\nFinetune<Net> recipe;\n"


# {what is wrong: (members of a rule, words that the message must have)}
on = "template <class Leaf> struct %s {}; template <int In, int Out, bool B> struct %s<Linear<In, Out, B>> { using %s = Seq<Linear<In, Out, B>>; }; "
rules = {
    "selector misspelt": ("using select = S; " + on % ("on", "on", "type"), "LacksItsMember<Own"),
    "on misspelt": ("using selector = S; " + on % ("one", "one", "type"), "LacksItsMember<Own"),
    "type misspelt": ("using selector = S; " + on % ("on", "on", "typ"), "RewritesNothing<"),
}  # fmt: skip


def rule(members):
    return head + f"template <class S> struct Own : AdapterTag {{ {members}}};\nFinetune<TinyNet, Own<Modules<\"fc\">>> recipe;\n"


# Mistakes in the description of a network: what the compiler says of them, and one error of ours at most.
networks = {
    "layer misspelt": ("BatchNorm2<8>", "BatchNorm2"),
    "option misspelt": ("Conv2d<8, 8, Window{.kernal = 3}>", "kernal"),
    "not of these channels": ("BatchNorm2d<9>", "LayersDoNotFit<Own"),
}


def network(layer):
    stem, end = f'Block<"stem", Conv2d<3, 8, Window{{3}}>,\n{layer}\n>', 'Block<"head", GlobalAvgPool, Linear<8, 2>>'
    text = head + f"struct Own final : Network<Input<3, 8>, {stem}, {end}> {{}};\n"
    return text + "using R = Finetune<Own>;\nstd::string text = explain<R>();\nlong long most = memory<R>(1, 8);\n"


# What a Trainer asks of a way to merge.
there = "static at::Tensor %s(const at::Tensor& x, const at::Tensor& w) { return x.mul(w); } "
back = (
    "static std::pair<at::Tensor, at::Tensor> %s(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w) "
    "{ return {dy.mul(w), dy.mul(x)}; } "
)
only_there, only_back = there % "forward", back % "backward"
merge_runs = {
    "forward": (only_back, "MergeForward"),
    "forward of another type": ("static int forward(const at::Tensor&, const at::Tensor&) { return 1; } " + only_back, "MergeForward"),
    "backward misspelt": (only_there + back % "backwards", "MergeBackward"),
    "backward, private": (only_there + "private: " + only_back, "MergeBackward"),
}  # fmt: skip


def merge_run(members):
    text = merge("static constexpr Shape out(Shape x, Shape) { return x; } " + members)
    return text.replace("recipe.hpp", "train.hpp").replace("Finetune<Net> recipe;", "Trainer<Finetune<Net>> trainer(Settings{});")


# What a training asks of a layer that has only a forward.
run_forward = "template <auto F> struct tuneit::Forward<Own, F> { %s };\n"
forwards = {
    "run misspelt": "static at::Tensor forward(at::Tensor x, const Context&) { return x; }",
    "run of other arguments": "static at::Tensor run(at::Tensor x) { return x; }",
    "run, private": "private: static at::Tensor run(at::Tensor x, const Context&) { return x; }",
    "run of another type": "static int run(at::Tensor, const Context&) { return 1; }",
}


def forward_run(members):
    text = layer(shape).replace("recipe.hpp", "train.hpp").replace("struct Net", run_forward % members + "struct Net")
    return text.replace(
        "Finetune<Net> recipe;",
        "void f(Trainer<Finetune<Net>>& t, const at::Tensor& x) { t.step(x, x, 3); }",
    )


def wrong_with(compiler, name, text, words):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "own.cpp").write_text(text)
        done = subprocess.run(
            [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", f"-I{top}/include", *beside, "own.cpp"],
            cwd=folder, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C"),
        )  # fmt: skip
    said = done.stderr.replace(f"{top}/include/", "")
    said = re.sub(r"^(In file included| +from ).*\n", "", said, flags=re.M)  # another from a precompiled header
    most = limits["clang" if "clang" in compiler else "g++"]
    if done.returncode == 0:
        return "it compiles"
    ours = said.count("static assertion failed") if name.startswith("network, ") else said.count(" error: ")
    if ours != 1:
        return f"{said.count(' error: ')} errors:\n{said}"
    if words not in said:
        return f"no {words} in\n{said}"
    if name.startswith("forward, "):
        most += 1500  # the way into the passes
    if len(said.encode()) > most:
        return f"{len(said.encode())} bytes, at most {most} are allowed:\n{said}"
    sizes.append(len(said.encode()))
    return None


def precompiled(compiler, header, options):
    """What includes the header at once, for a program that includes it again: it is read once, not for each program."""
    folder = pathlib.Path(made_here.name, pathlib.Path(compiler).name)
    folder.mkdir()
    source, clang = folder / "header.hpp", "clang" in compiler
    source.write_text(f"#include <{header}>\n")
    made = folder / ("header.pch" if clang else "header.hpp.gch")
    command = [compiler, "-std=c++20", "-fdiagnostics-color=never", f"-I{top}/include", *options]
    subprocess.run([*command, "-x", "c++-header", source, "-o", made], check=True)
    return ["-include-pch", made] if clang else ["-Winvalid-pch", "-include", source]


made_here = tempfile.TemporaryDirectory()
failed, asked, torch = False, sys.argv[1:], []
with_torch = asked[:1] == ["--torch"]
if with_torch:
    torch = [f"-isystem{pathlib.Path(asked[1]).resolve()}/{inside}" for inside in ("include", "include/torch/csrc/api/include")]
    asked = asked[2:]
for compiler in asked or [c for c in ("g++", "clang++-19") if shutil.which(c)]:
    sizes = []
    beside = torch + precompiled(compiler, "tuneit/train.hpp" if with_torch else "tuneit/recipe.hpp", torch)
    programs = {name: (program(members), words) for name, (members, words) in policies.items()}
    programs |= {f"optimizer, {name}": (optimizer(name, base, members), words) for name, (base, members, words) in optimizers.items()}
    programs |= {f"layer, {name}": (layer(members), words) for name, (members, words) in layers.items()}
    programs |= {f"merge, {name}": (merge(members), "MergedShape") for name, members in merges.items()}
    programs |= {f"rule, {name}": (rule(members), words) for name, (members, words) in rules.items()}
    programs |= {f"network, {name}": (network(layer), words) for name, (layer, words) in networks.items()}
    for name, (base, members, words) in losses.items():
        programs[f"loss, {name}"] = (loss(base, members), words)
        several = "Losses<Weighted<CrossEntropy<>, 1>, Weighted<Own, 0.5>>"
        programs[f"loss among several, {name}"] = (loss(base, members, several), words)
    for name, (members, words) in metrics.items():
        for policy in ("Metrics", "Monitor"):
            programs[f"{policy}, {name}"] = (metric(members, policy), words)
    if with_torch:
        programs = {f"merge, {name}": (merge_run(members), words) for name, (members, words) in merge_runs.items()}
        programs |= {f"forward, {name}": (forward_run(members), "ItsForward") for name, members in forwards.items()}
    for name, (text, words) in programs.items():
        if wrong := wrong_with(compiler, name, text, words):
            print(f"{compiler}, {name}: {wrong}")
            failed = True
    if sizes:
        print(f"{compiler}: {len(sizes)} messages, the longest of {max(sizes)} bytes")
sys.exit(failed)
