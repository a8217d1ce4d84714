"""PonderNet (Banino, Balaguer and Blundell, 2021): a recurrent cell that draws at each step whether to halt."""

import torch
from torch import nn


class ParityPonderGRU(nn.Module):
    def __init__(self, n_elems=8, n_hidden=16, max_steps=8):
        super().__init__()
        self.max_steps = max_steps
        self.n_hidden = n_hidden
        self.gru = nn.GRUCell(n_elems, n_hidden)
        self.output_layer = nn.Linear(n_hidden, 1)
        self.lambda_layer = nn.Linear(n_hidden, 1)
        # A hard sigmoid, so that most halting probabilities are exactly 0 or 1.
        self.lambda_prob = nn.Hardsigmoid()
        self.is_halt = False

    def forward(self, x: torch.Tensor):
        batch_size = x.shape[0]
        h = x.new_zeros((x.shape[0], self.n_hidden))
        h = self.gru(x, h)
        p = []
        y = []
        un_halted_prob = h.new_ones((batch_size,))
        halted = h.new_zeros((batch_size,))
        p_m = h.new_zeros((batch_size,))
        y_m = h.new_zeros((batch_size,))

        for n in range(1, self.max_steps + 1):
            # The last step always halts.
            if n == self.max_steps:
                lambda_n = h.new_ones(h.shape[0])
            else:
                lambda_n = self.lambda_prob(self.lambda_layer(h))[:, 0]
            y_n = self.output_layer(h)[:, 0]
            p_n = un_halted_prob * lambda_n
            un_halted_prob = un_halted_prob * (1 - lambda_n)
            halt = torch.bernoulli(lambda_n) * (1 - halted)
            p.append(p_n)
            y.append(y_n)
            p_m = p_m * (1 - halt) + p_n * halt
            y_m = y_m * (1 - halt) + y_n * halt
            halted = halted + halt
            h = self.gru(x, h)
            if self.is_halt and halted.sum() == batch_size:
                break
        return torch.stack(p), torch.stack(y), p_m, y_m


def halting(**kwargs):
    model = ParityPonderGRU(**kwargs)
    model.is_halt = True
    return model
