"""Recurrent layers and their cells. Sequences run as Python loops over time, which the evaluator keeps as loops."""

import torch
from torch.nn import functional as F
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter
from torch.nn.utils.rnn import PackedSequence


def _lstm_step(x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr=None):
    i, f, g, o = (F.linear(x, w_ih, b_ih) + F.linear(h, w_hh, b_hh)).chunk(4, -1)
    return _lstm_gates(i, f, g, o, c, w_hr)


def _lstm_gates(i, f, g, o, c, w_hr):
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return (h if w_hr is None else F.linear(h, w_hr)), c


def _gru_gates(xi, hi, h):
    xr, xz, xn = xi.chunk(3, -1)
    hr, hz, hn = hi.chunk(3, -1)
    r = (xr + hr).sigmoid()
    z = (xz + hz).sigmoid()
    n = (xn + r * hn).tanh()
    return n + z * (h - n)


class RNNCellBase(Module):
    gates = 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(torch.randn(rows, input_size, dtype=dtype))
        self.weight_hh = Parameter(torch.randn(rows, hidden_size, dtype=dtype))
        if bias:
            self.bias_ih = Parameter(torch.randn(rows, dtype=dtype))
            self.bias_hh = Parameter(torch.randn(rows, dtype=dtype))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)

    def reset_parameters(self):
        for weight in self.parameters():
            torch.nn.init.uniform_(weight)

    def _zeros(self, input):
        return torch.zeros(list(input.shape[:-1]) + [self.hidden_size], dtype=input.dtype)

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}"


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity: {nonlinearity}")
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if hx is None:
            hx = self._zeros(input)
        total = F.linear(input, self.weight_ih, self.bias_ih) + F.linear(hx, self.weight_hh, self.bias_hh)
        return total.tanh() if self.nonlinearity == "tanh" else total.relu()


class LSTMCell(RNNCellBase):
    gates = 4

    def forward(self, input, hx=None):
        if hx is None:
            hx = (self._zeros(input), self._zeros(input))
        h, c = hx
        return _lstm_step(input, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class GRUCell(RNNCellBase):
    gates = 3

    def forward(self, input, hx=None):
        if hx is None:
            hx = self._zeros(input)
        xi = F.linear(input, self.weight_ih, self.bias_ih)
        return _gru_gates(xi, F.linear(hx, self.weight_hh, self.bias_hh), hx)


class RNNBase(Module):
    gates = 1

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._names = []
        rows = self.gates * hidden_size
        out = proj_size or hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            for direction in range(directions):
                suffix = f"_l{layer}" + ("_reverse" if direction else "")
                width = input_size if layer == 0 else out * directions
                shapes = [("weight_ih", (rows, width)), ("weight_hh", (rows, out))]
                if bias:
                    shapes += [("bias_ih", (rows,)), ("bias_hh", (rows,))]
                if proj_size:
                    shapes.append(("weight_hr", (proj_size, hidden_size)))
                for name, shape in shapes:
                    setattr(self, name + suffix, Parameter(torch.randn(shape, dtype=dtype)))
                self._names.append([name + suffix for name, _ in shapes])

    @property
    def all_weights(self):
        return [[getattr(self, name) for name in names] for names in self._names]

    def flatten_parameters(self):
        pass

    def reset_parameters(self):
        for weight in self.parameters():
            torch.nn.init.uniform_(weight)

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}, num_layers={self.num_layers}"

    def _weights(self, layer, direction):
        suffix = f"_l{layer}" + ("_reverse" if direction else "")
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [getattr(self, name + suffix, None) for name in names]

    def _zeros(self, input, width):
        rows = self.num_layers * (2 if self.bidirectional else 1)
        return torch.zeros(rows, input.shape[1], width, dtype=input.dtype)

    def _start(self, input, hx):
        """The states before the first step, each of shape [layers * directions, batch, width]."""
        return (self._zeros(input, self.hidden_size),) if hx is None else (hx,)

    def _end(self, states):
        return states[0]

    def _step(self, projected, state, weights):
        """The next states from the input's share of the gates."""
        raise NotImplementedError

    def forward(self, input, hx=None):
        packed = input if isinstance(input, PackedSequence) else None
        lengths = None
        if packed is not None:
            input, lengths = packed._padded, packed.lengths
        if input.dim() not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(1)
            if hx is not None:
                hx = tuple([h.unsqueeze(1) for h in hx]) if isinstance(hx, tuple) else hx.unsqueeze(1)
        elif self.batch_first and packed is None:
            input = input.transpose(0, 1)
        start = self._start(input, hx)
        directions = 2 if self.bidirectional else 1
        last = [[] for _ in start]
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                row = layer * directions + direction
                state = tuple([s[row] for s in start])
                output, state = self._run(input, state, self._weights(layer, direction), direction == 1, lengths)
                outputs.append(output)
                for kept, s in zip(last, state):
                    kept.append(s)
            input = outputs[0] if directions == 1 else torch.cat(outputs, -1)
            if self.training and self.dropout > 0 and layer < self.num_layers - 1:
                input = F.dropout(input, self.dropout)
        states = tuple([torch.stack(kept) for kept in last])
        if packed is not None:
            return packed._like(input), self._end(states)
        if not batched:
            return input.squeeze(1), self._end(tuple([s.squeeze(1) for s in states]))
        return input.transpose(0, 1) if self.batch_first else input, self._end(states)

    def _run(self, input, state, weights, backward, lengths):
        """One layer in one direction. The input's share of all gates is one product over the whole sequence. Where
        lengths are given, a sequence's state stands still outside of its own steps."""
        steps = input.shape[0]
        projected = F.linear(input, weights[0], weights[2])
        if isinstance(steps, int) and steps == 1 and lengths is None:
            state = self._step(projected[0], state, weights)
            return state[0].unsqueeze(0), state
        output = torch.zeros(steps, input.shape[1], self.proj_size or self.hidden_size, dtype=input.dtype)
        for t in range(steps):
            at = steps - 1 - t if backward else t
            following = self._step(projected[at], state, weights)
            if lengths is None:
                state = following
                output[at] = state[0]
                continue
            live = (lengths > at).unsqueeze(1)
            state = tuple([torch.where(live, new, old) for new, old in zip(following, state)])
            output[at] = torch.where(live, state[0], torch.zeros_like(state[0]))
        return output, state


class RNN(RNNBase):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", *args, **kwargs):
        super().__init__(input_size, hidden_size, num_layers, *args, **kwargs)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        self.nonlinearity = nonlinearity

    def _step(self, projected, state, weights):
        total = projected + F.linear(state[0], weights[1], weights[3])
        return (total.tanh() if self.nonlinearity == "tanh" else total.relu(),)


class LSTM(RNNBase):
    gates = 4

    def _start(self, input, hx):
        if hx is None:
            return self._zeros(input, self.proj_size or self.hidden_size), self._zeros(input, self.hidden_size)
        return hx

    def _end(self, states):
        return states

    def _step(self, projected, state, weights):
        h, c = state
        i, f, g, o = (projected + F.linear(h, weights[1], weights[3])).chunk(4, -1)
        return _lstm_gates(i, f, g, o, c, weights[4])


class GRU(RNNBase):
    gates = 3

    def _step(self, projected, state, weights):
        return (_gru_gates(projected, F.linear(state[0], weights[1], weights[3]), state[0]),)
