"""Recurrent layers and their cells. Sequences run as Python loops over time, which the evaluator keeps as loops."""

import _braid
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


def _kept(new, old, there, at):
    """The new states of the rows that have an element at this step."""
    return new if there is None else tuple([torch.where(there[at], a, b) for a, b in zip(new, old)])


def _rows(states, order):
    """States with their rows in another order."""
    if isinstance(states, (tuple, list)):
        return tuple([s.index_select(1, order) for s in states])
    return states.index_select(1, order)


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
        self._all_weights = []
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
                self._all_weights.append([name + suffix for name, _ in shapes])

    @property
    def all_weights(self):
        return [[getattr(self, name) for name in names] for names in self._all_weights]

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
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        if input.dim() not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(1)
            if hx is not None:
                hx = tuple([h.unsqueeze(1) for h in hx]) if isinstance(hx, tuple) else hx.unsqueeze(1)
        elif self.batch_first:
            input = input.transpose(0, 1)
        input, states = self._layers(input, hx, None)
        if not batched:
            return input.squeeze(1), self._end(tuple([s.squeeze(1) for s in states]))
        return input.transpose(0, 1) if self.batch_first else input, self._end(states)

    def _packed(self, sequence, hx):
        """A packed sequence: each row's state changes only while the row has elements."""
        if hx is not None and sequence.sorted_indices is not None:
            hx = _rows(hx, sequence.sorted_indices)
        output, states = self._layers(sequence._padded, hx, sequence._there().unsqueeze(-1))
        if sequence.unsorted_indices is not None:
            states = _rows(states, sequence.unsorted_indices)
        return sequence._with(output), self._end(states)

    def _layers(self, input, hx, there):
        """All layers over [time, batch, width]; `there` tells the elements from the padding."""
        start = self._start(input, hx)
        directions = 2 if self.bidirectional else 1
        last = [[] for _ in start]
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                row = layer * directions + direction
                state = tuple([s[row] for s in start])
                output, state = self._run(input, state, self._weights(layer, direction), direction == 1, there)
                outputs.append(output)
                for kept, s in zip(last, state):
                    kept.append(s)
            input = outputs[0] if directions == 1 else torch.cat(outputs, -1)
            if self.training and self.dropout > 0 and layer < self.num_layers - 1:
                input = F.dropout(input, self.dropout)
        return input, tuple([torch.stack(kept) for kept in last])

    def _run(self, input, state, weights, backward, there):
        """One layer in one direction. The input's share of all gates is one product over the whole sequence."""
        steps = input.shape[0]
        projected = F.linear(input, weights[0], weights[2])
        if there is None and _braid.is_known(steps) and steps == 1:
            state = self._step(projected[0], state, weights)
            return state[0].unsqueeze(0), state
        output = torch.zeros(steps, input.shape[1], self.proj_size or self.hidden_size, dtype=input.dtype)
        for t in range(steps):
            at = steps - 1 - t if backward else t
            state = _kept(self._step(projected[at], state, weights), state, there, at)
            output[at] = state[0]
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
