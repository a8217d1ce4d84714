"""LSTM, GRU and RNN.

The product of the inputs with their weights is one product over the whole sequence; what depends on the state is a loop
over its steps, which becomes a loop of the program unless its length is known to be one.
"""

import torch
from onnx._values import op


@op
def LSTM(x, w, r, b=None, sequence_lens=None, initial_h=None, initial_c=None, p=None, *, activation_alpha=None,
         activation_beta=None, activations=None, clip=None, direction="forward", hidden_size=None, input_forget=0,
         layout=0, output_sequence=0):
    functions = _functions(activations, ["Sigmoid", "Tanh", "Tanh"], activation_alpha, activation_beta, direction)

    def step(gates, state, r, rb, functions, d):
        f, g, h = functions
        hidden, cell = state
        n = hidden.shape[-1]
        gates = gates + hidden @ r.t()
        if rb is not None:
            gates = gates + rb
        i, o, forget, c = [gates.narrow(1, k * n, n) for k in range(4)]
        if p is not None:
            i = i + p[d].narrow(0, 0, n) * cell
            forget = forget + p[d].narrow(0, 2 * n, n) * cell
        i = f(_clipped(i, clip))
        forget = 1 - i if input_forget else f(_clipped(forget, clip))
        cell = forget * cell + i * g(_clipped(c, clip))
        if p is not None:
            o = o + p[d].narrow(0, n, n) * cell
        hidden = f(_clipped(o, clip)) * h(_clipped(cell, clip))
        return [hidden, cell]

    return _run(step, functions, 4, x, w, r, b, sequence_lens, [initial_h, initial_c], direction, layout)


@op
def GRU(x, w, r, b=None, sequence_lens=None, initial_h=None, *, activation_alpha=None, activation_beta=None,
        activations=None, clip=None, direction="forward", hidden_size=None, layout=0, linear_before_reset=0,
        output_sequence=0):
    functions = _functions(activations, ["Sigmoid", "Tanh"], activation_alpha, activation_beta, direction)

    def step(gates, state, r, rb, functions, d):
        f, g = functions
        hidden = state[0]
        n = hidden.shape[-1]
        zr = gates.narrow(1, 0, 2 * n) + hidden @ r.narrow(0, 0, 2 * n).t()
        if rb is not None:
            zr = zr + rb.narrow(0, 0, 2 * n)
        z, reset = [f(_clipped(zr.narrow(1, k * n, n), clip)) for k in range(2)]
        rh = r.narrow(0, 2 * n, n).t()
        bias = None if rb is None else rb.narrow(0, 2 * n, n)
        if linear_before_reset:
            inner = hidden @ rh
            inner = reset * (inner if bias is None else inner + bias)
        else:
            inner = (reset * hidden) @ rh
            inner = inner if bias is None else inner + bias
        new = g(_clipped(gates.narrow(1, 2 * n, n) + inner, clip))
        return [(1 - z) * new + z * hidden]

    return _run(step, functions, 3, x, w, r, b, sequence_lens, [initial_h], direction, layout)


@op
def RNN(x, w, r, b=None, sequence_lens=None, initial_h=None, *, activation_alpha=None, activation_beta=None,
        activations=None, clip=None, direction="forward", hidden_size=None, layout=0, output_sequence=0):
    functions = _functions(activations, ["Tanh"], activation_alpha, activation_beta, direction)

    def step(gates, state, r, rb, functions, d):
        gates = gates + state[0] @ r.t()
        return [functions[0](_clipped(gates if rb is None else gates + rb, clip))]

    return _run(step, functions, 1, x, w, r, b, sequence_lens, [initial_h], direction, layout)


def _clipped(x, clip):
    return x if clip is None else torch.clamp(x, -clip, clip)


def _run(step, functions, gates, x, w, r, b, lengths, initial, direction, layout):
    """All directions of a recurrence: its outputs at each step, then its last states."""
    for name, value in [("X", x), ("W", w), ("R", r)]:
        if value.dim() != 3:
            raise ValueError(f"{name} must have 3 dimensions, not {value.dim()}")
    if layout:
        x = x.transpose(0, 1)
        initial = [None if s is None else s.transpose(0, 1) for s in initial]
    steps, batch = x.shape[0], x.shape[1]
    hidden = r.shape[-1]
    outputs, lasts = [], [[] for _ in initial]
    for d, backwards in enumerate({"forward": [False], "reverse": [True], "bidirectional": [False, True]}[direction]):
        wd, rd = w[d], r[d]
        wb = None if b is None else b[d].narrow(0, 0, gates * hidden)
        rb = None if b is None else b[d].narrow(0, gates * hidden, gates * hidden)
        state = [torch.zeros(batch, hidden, dtype=x.dtype) if s is None else s[d] for s in initial]
        inputs = x @ wd.t()
        if wb is not None:
            inputs = inputs + wb
        rows = []
        for i in range(steps):
            t = steps - 1 - i if backwards else i
            new = step(inputs.select(0, t), state, rd, rb, functions[d], d)
            if lengths is None:
                row = new[0]
            else:
                # Beyond its length a row's state stays, and its output is zero.
                inside = (t < lengths).reshape(batch, 1)
                row = torch.where(inside, new[0], torch.zeros_like(new[0]))
                new = [torch.where(inside, n, s) for n, s in zip(new, state)]
            rows.append(row)
            state = new
        sequence = torch.stack(rows, 0)
        outputs.append(torch.flip(sequence, [0]) if backwards else sequence)
        for last, s in zip(lasts, state):
            last.append(s)
    y = torch.stack(outputs, 1)
    lasts = [torch.stack(last, 0) for last in lasts]
    if layout:
        y = y.permute(2, 0, 1, 3)
        lasts = [last.transpose(0, 1) for last in lasts]
    return tuple([y] + lasts)


# The parameters that activations take, with their defaults.
_ALPHA = {"leakyrelu": 0.01, "thresholdedrelu": 1.0, "hardsigmoid": 0.2, "elu": 1.0, "affine": 1.0, "scaledtanh": 1.0}
_BETA = {"hardsigmoid": 0.5, "affine": 0.0, "scaledtanh": 1.0}


def _functions(names, default, alphas, betas, direction):
    """The activations of each direction. Parameters are taken in order by those functions that have them."""
    directions = 2 if direction == "bidirectional" else 1
    names = names or default * directions
    if len(names) != len(default) * directions:
        raise ValueError(f"{len(default) * directions} activations are needed, not {len(names)}")
    alphas, betas = list(alphas or []), list(betas or [])
    found = []
    for name in names:
        key = name.lower()
        alpha = alphas.pop(0) if key in _ALPHA and alphas else _ALPHA.get(key)
        beta = betas.pop(0) if key in _BETA and betas else _BETA.get(key)
        found.append(_activation(key, alpha, beta))
    return [found[d * len(default) : (d + 1) * len(default)] for d in range(directions)]


def _activation(name, alpha, beta):
    if name == "sigmoid":
        return torch.sigmoid
    if name == "tanh":
        return torch.tanh
    if name == "relu":
        return torch.relu
    if name == "softplus":
        return torch.nn.functional.softplus
    if name == "softsign":
        return torch.nn.functional.softsign
    if name == "affine":
        return lambda x: alpha * x + beta
    if name == "scaledtanh":
        return lambda x: alpha * torch.tanh(beta * x)
    if name == "hardsigmoid":
        return lambda x: torch.clamp(alpha * x + beta, 0, 1)
    if name == "leakyrelu":
        return lambda x: torch.where(x >= 0, x, alpha * x)
    if name == "thresholdedrelu":
        return lambda x: torch.where(x > alpha, x, torch.zeros_like(x))
    if name == "elu":
        return lambda x: torch.where(x >= 0, x, alpha * (torch.exp(x) - 1))
    raise NotImplementedError(f"there is no activation {name}")
