"""Patterns, such as `b (h w) c -> b c h w`, and what they do to a tensor."""

import _braid
import torch
from torch._core import is_tensor


class EinopsError(RuntimeError):
    pass


def parsed(side, pattern, mark):
    """One side as a list of groups of names; `1` is a group of none, and every other number an axis of its own."""
    groups, group = [], None
    for place, token in enumerate( side.replace("(", " ( ").replace(")", " ) ").replace("…", "...").split()):
        if token.isdigit() and token != "1":
            token = f"{token}#{mark}{place}"
        if token == "(":
            if group is not None:
                raise EinopsError(f"Axis composition is one-level (brackets inside brackets not allowed) in {pattern!r}")
            group = []
        elif token == ")":
            if group is None:
                raise EinopsError(f"Brackets are not balanced in {pattern!r}")
            groups.append(group)
            group = None
        elif group is not None:
            if token != "1":
                group.append(token)
        elif token == "1":
            groups.append([])
        else:
            groups.append([token])
    if group is not None:
        raise EinopsError(f"Brackets are not balanced in {pattern!r}")
    return groups


def _names(groups):
    return [name for group in groups for name in group]


def _spread(groups, count):
    """The ellipsis as names of its own."""
    hidden = [f"...{i}" for i in range(count)]
    result = []
    for group in groups:
        if group == ["..."]:
            result.extend([[name] for name in hidden])
        else:
            result.append([n for name in group for n in (hidden if name == "..." else [name])])
    return result


def _sizes(groups, shape, lengths, pattern):
    """The size of every name on the left; in a group one of them follows from the others."""
    sizes = dict(lengths)
    for group, total in zip(groups, shape):
        for name in group:
            if "#" in name:
                sizes[name] = int(name.partition("#")[0])
        unknown = [name for name in group if name not in sizes]
        known = 1
        for name in group:
            if name in sizes:
                known = known * sizes[name]
        if len(unknown) > 1:
            raise EinopsError(f"Could not infer sizes for {unknown} in {pattern!r}")
        if unknown:
            if known == 1:
                sizes[unknown[0]] = total
                continue
            if _braid.is_known(total) and _braid.is_known(known) and total % known != 0:
                raise EinopsError(f"Shape mismatch, can't divide axis of length {total} in chunks of {known} in {pattern!r}")
            sizes[unknown[0]] = total // known
        elif _braid.known_unequal(total, known):
            raise EinopsError(f"Shape mismatch, {total} != {known} in {pattern!r}")
    return sizes


_REDUCTIONS = ("min", "max", "sum", "mean", "prod", "any", "all")


def _reduced(x, reduction, dims):
    if callable(reduction):
        return reduction(x, tuple(dims))
    if reduction not in _REDUCTIONS:
        raise EinopsError(f"Unknown reduction {reduction}. Expect one of {_REDUCTIONS}.")
    if reduction in ("min", "max"):
        return x.amin(dims) if reduction == "min" else x.amax(dims)
    return getattr(x, reduction)(dims)


def transformed(kind, tensor, pattern, reduction, lengths):
    if not is_tensor(tensor):
        if not hasattr(tensor, "shape"):
            tensor = torch.stack(list(tensor))
        elif hasattr(tensor, "_tensor"):
            return type(tensor)(transformed(kind, tensor._tensor, pattern, reduction, lengths))
    if pattern.count("->") != 1:
        raise EinopsError(f"The pattern needs one '->': {pattern!r}")
    left, right = [parsed(side, pattern, mark) for side, mark in zip(pattern.split("->"), "lr")]
    count = len(tensor.shape) - len([g for g in left if g != ["..."]])
    if ["..."] in left and count < 0 or ["..."] not in left and count != 0:
        raise EinopsError(f"Expected {len(left)} dimensions, got {len(tensor.shape)}, in {pattern!r}")
    left, right = _spread(left, count), _spread(right, count)
    given, wanted = _names(left), _names(right)
    for side in (given, wanted):
        if len(set(side)) != len(side):
            raise EinopsError(f"An axis appears twice on one side of {pattern!r}")
    for name in lengths:
        if name not in given and name not in wanted:
            raise EinopsError(f"Axis {name} is not used in {pattern!r}")
    gone = [name for name in given if name not in wanted]
    new = [name for name in wanted if name not in given]
    if gone and kind != "reduce":
        raise EinopsError(f"Identifiers only on one side of expression (should be on both): {gone} in {pattern!r}")
    if new and kind != "repeat":
        raise EinopsError(f"Identifiers only on one side of expression (should be on both): {new} in {pattern!r}")
    sizes = _sizes(left, list(tensor.shape), lengths, pattern)
    for name in new:
        if "#" in name:
            sizes[name] = int(name.partition("#")[0])
        if name not in sizes:
            raise EinopsError(f"Specify sizes for new axes in repeat: {name} in {pattern!r}")
    x = tensor.reshape([sizes[name] for name in given])
    kept = [name for name in given if name in wanted]
    if gone:
        x = _reduced(x, reduction, [i for i, name in enumerate(given) if name in gone])
    order = [name for name in wanted if name in kept]
    if order != kept:
        x = x.permute([kept.index(name) for name in order])
    if new:
        shape = []
        for i, name in enumerate(wanted):
            if name in new:
                x = x.unsqueeze(i)
            shape.append(sizes[name])
        x = x.expand(shape)
    result = []
    for group in right:
        size = 1
        for name in group:
            size = size * sizes[name]
        result.append(size)
    return x.reshape(result)
