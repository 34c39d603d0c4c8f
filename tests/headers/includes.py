#!/usr/bin/env python3
"""Every header includes what it names: what stands in a header of include/tuneit is used only by headers that include
it, directly or through others. The same for LibTorch's operators, which have a header each.

This reads names, not C++: it takes a second where compiling each header alone takes ten minutes (target headers_alone
does that). What it cannot see: names of the standard library, and members.

usage: includes.py [INCLUDE]
"""

import collections
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "include"
top = root / "tuneit"

comment_or_text = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
token = re.compile(r"[A-Za-z_]\w*|::|->|\.\.\.|[^\s\w]")
keywords = set(
    "struct class union enum concept using namespace template typename requires inline constexpr consteval static const "
    "auto void bool int double float char long unsigned signed return if else for while operator friend extern noexcept "
    "static_assert alignas __attribute__ final public private protected explicit virtual override default "
    "delete sizeof decltype mutable new this".split())


def tokens_of(text):
    text = comment_or_text.sub(lambda m: " " if m[0].startswith("/") else ' "" ', text)
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", text, flags=re.M)
    return token.findall(text)


def declared(tokens):
    """What is declared in namespaces: types, concepts, aliases, functions and variables."""
    names, stack, depth, pending = set(), [], 0, None
    angle = 0
    for i, t in enumerate(tokens):
        before = tokens[i - 1] if i else ""
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        at_namespace = depth == 0 and all(stack)
        if t == "namespace" and before != "using":
            pending = True
        elif t == ";" and not depth:
            pending, angle = None, 0
        elif t in "([":
            depth += 1
        elif t in ")]":
            depth -= 1
        elif t == "{":
            stack.append(bool(pending) and not depth)
            pending, angle = None, 0
            if depth:  # braces within parentheses
                stack[-1] = False
        elif t == "}":
            if stack:
                stack.pop()
            angle = 0
        elif t == "<" and at_namespace and (before == "template" or angle):
            angle += 1
        elif t == ">" and angle:
            angle -= 1
        elif (at_namespace and not angle and not pending and re.match(r"[A-Za-z_]\w*$", t) and t not in keywords
              and before not in ("::", "namespace", "~", ",")):
            if len(t) == 1:
                continue
            if before in ("struct", "class", "union", "enum", "concept", "using") and after not in ("::", "<"):
                names.add(t)
            elif after in ("(", "=", "{", ";") and before not in ("=", "requires", "&&", "||", "!", "return", "(", ""):
                names.add(t)
    return names


files = {p.relative_to(top).as_posix(): p.read_text() for p in sorted(top.rglob("*.hpp"))}
tokens = {name: tokens_of(text) for name, text in files.items()}
includes = {n: re.findall(r'^\s*#include ["<]tuneit/([^">]+)[">]', text, re.M) for n, text in files.items()}
operators = {n: set(re.findall(r"^\s*#include <ATen/ops/(\w+?)(?:_ops)?\.h>", text, re.M)) for n, text in files.items()}


not_types = {"return", "case", "else", "in", "requires", "throw", "co_return", "operator", "new", "goto", "final", "const"}


def made_here(tokens):
    """Names that a header makes itself: parameters, members, variables, enumerators. Whatever stands behind a type."""
    names, in_enum = set(), False
    for i, t in enumerate(tokens):
        before, after = tokens[i - 1] if i else "", tokens[i + 1] if i + 1 < len(tokens) else ""
        in_enum = (in_enum or before == "enum") and before not in ("}", ";")
        behind_type = before in ("&", "*", ">", "...", "]") or (re.match(r"[A-Za-z_]", before) and before not in not_types)
        if re.match(r"[A-Za-z_]", t) and (in_enum or behind_type or (before == "," and after in ("{", "=", ";"))):
            names.add(t)
    return names


closures = {}


def closure(name):
    if name not in closures:
        closures[name] = {name}
        for other in includes.get(name, []):
            closures[name] |= closure(other)
    return closures[name]


owners = collections.defaultdict(set)
for name, found in tokens.items():
    for declaration in declared(found):
        owners[declaration].add(name)
all_operators = set().union(*operators.values())

# What is seen wrongly, and why
by_arguments = {"module_tensors", "output_shape", "slopes"}  # found by their arguments where a template is instantiated
mentioned = {"recipe/judges/acting.hpp", "recipe/judges/layers.hpp", "recipe/losses/own_loss.hpp",
             "recipe/metrics/own_metric.hpp"}  # names that someone may have meant
inherited = {"io/weights/pickle.hpp", "io/weights/pickle_items.hpp", "io/weights/pickle_stack.hpp",
             "recipe/account/step_account.hpp"}  # members of a base class, by their bare names
local_names = {("engine/behaviour/ema.hpp", "counts"), ("engine/layers/norm_backward.hpp", "product"),
               ("engine/spatial/max_pool.hpp", "product"), ("io/delta/delta_card.hpp", "take"),
               ("io/peft/config.hpp", "take"), ("io/delta/delta_card.hpp", "Json"), ("io/peft/config.hpp", "Json"),
               ("io/weights/read_model_card.hpp", "Json"), ("kernels/cuda/norm.hpp", "NormPullback"), ("recipe/judges/acting.hpp", "Add")}



def known(name, before, t):
    return (t in by_arguments or name in inherited or (name, t) in local_names
            or (name in mentioned and before in (",", "::")))


wrong = []
ours = ("tuneit", "detail", "app", "kernels")
namespaces = {t for found in tokens.values() for before, t in zip(found, found[1:]) if before == "namespace"} | {"data"}
for name, found in tokens.items():
    reached = closure(name)
    here = namespaces | made_here(found)
    reached_operators = set().union(*(operators.get(o, set()) for o in reached))
    for i, t in enumerate(found):
        scope, before, after = found[i - 2] if i > 1 else "", found[i - 1] if i else "", "".join(found[i + 1 : i + 2])
        if (t in owners and not owners[t] & reached and t not in here and before not in (".", "->", "~")
                and (before != "::" or scope in ours) and (not t[0].islower() or after in ("(", "<", "{"))
                and not known(name, before, t)):
            wrong.append((name, t, " or ".join(sorted(owners[t])[:3])))
        if before == "::" and scope in ("at", "_ops") and t in all_operators - reached_operators and after in ("(", "::"):
            wrong.append((name, f"at::{t}", f"ATen/ops/{t}.h"))
for name, what, where in sorted(set(wrong)):
    print(f"{name} names {what}, and does not include {where}")
print(len(owners), "names,", len(files), "headers")
sys.exit(1 if wrong else 0)
