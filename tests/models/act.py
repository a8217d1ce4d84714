"""A universal transformer with adaptive computation time (Dehghani et al., 2019): each position halts by itself."""

import math

import numpy as np
import torch
import torch.nn as nn


def _gen_timing_signal(length, channels, min_timescale=1.0, max_timescale=1.0e4):
    """Sines and cosines of geometrically spaced wavelengths, [1, length, channels]."""
    position = np.arange(length)
    num_timescales = channels // 2
    log_timescale_increment = math.log(float(max_timescale) / float(min_timescale)) / (float(num_timescales) - 1)
    inv_timescales = min_timescale * np.exp(np.arange(num_timescales).astype(float) * -log_timescale_increment)
    scaled_time = np.expand_dims(position, 1) * np.expand_dims(inv_timescales, 0)
    signal = np.concatenate([np.sin(scaled_time), np.cos(scaled_time)], axis=1)
    signal = np.pad(signal, [[0, 0], [0, channels % 2]], 'constant', constant_values=[0.0, 0.0])
    signal = signal.reshape([1, length, channels])
    return torch.from_numpy(signal).type(torch.FloatTensor)


class EncoderLayer(nn.Module):
    def __init__(self, hidden, heads, inner):
        super(EncoderLayer, self).__init__()
        self.multi_head_attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.feed_forward = nn.Sequential(nn.Linear(hidden, inner), nn.ReLU(), nn.Linear(inner, hidden))
        self.layer_norm_mha = nn.LayerNorm(hidden)
        self.layer_norm_ffn = nn.LayerNorm(hidden)

    def forward(self, x):
        x_norm = self.layer_norm_mha(x)
        y, _ = self.multi_head_attention(x_norm, x_norm, x_norm)
        x = x + y
        return x + self.feed_forward(self.layer_norm_ffn(x))


class ACT_basic(nn.Module):
    def __init__(self, hidden_size, threshold=0.9):
        super(ACT_basic, self).__init__()
        self.sigma = nn.Sigmoid()
        self.p = nn.Linear(hidden_size, 1)
        self.p.bias.data.fill_(1)
        self.threshold = threshold

    def forward(self, state, inputs, fn, time_enc, pos_enc, max_hop):
        halting_probability = torch.zeros(inputs.shape[0], inputs.shape[1])
        remainders = torch.zeros(inputs.shape[0], inputs.shape[1])
        n_updates = torch.zeros(inputs.shape[0], inputs.shape[1])
        previous_state = torch.zeros_like(inputs)
        step = 0
        while ((halting_probability < self.threshold) & (n_updates < max_hop)).byte().any():
            state = state + time_enc[:, :inputs.shape[1], :].type_as(inputs.data)
            state = state + pos_enc[:, step, :].unsqueeze(1).repeat(1, inputs.shape[1], 1).type_as(inputs.data)
            p = self.sigma(self.p(state)).squeeze(-1)
            # Which positions go on, and which halt in this step
            still_running = (halting_probability < 1.0).float()
            new_halted = (halting_probability + p * still_running > self.threshold).float() * still_running
            still_running = (halting_probability + p * still_running <= self.threshold).float() * still_running
            halting_probability = halting_probability + p * still_running
            remainders = remainders + new_halted * (1 - halting_probability)
            halting_probability = halting_probability + new_halted * remainders
            n_updates = n_updates + still_running + new_halted
            update_weights = p * still_running + new_halted * remainders
            state = fn(state)
            previous_state = (state * update_weights.unsqueeze(-1)) + (previous_state * (1 - update_weights.unsqueeze(-1)))
            step += 1
        return previous_state, (remainders, n_updates)


class UniversalEncoder(nn.Module):
    def __init__(self, embedding_size=12, hidden_size=16, num_layers=6, num_heads=2, max_length=12, act=True):
        super(UniversalEncoder, self).__init__()
        self.timing_signal = _gen_timing_signal(max_length, hidden_size)
        self.position_signal = _gen_timing_signal(num_layers, hidden_size)
        self.num_layers = num_layers
        self.act = act
        self.proj_flag = False
        if embedding_size != hidden_size:
            self.embedding_proj = nn.Linear(embedding_size, hidden_size, bias=False)
            self.proj_flag = True
        self.enc = EncoderLayer(hidden_size, num_heads, 2 * hidden_size)
        self.layer_norm = nn.LayerNorm(hidden_size)
        if self.act:
            self.act_fn = ACT_basic(hidden_size)

    def forward(self, inputs):
        x = self.embedding_proj(inputs) if self.proj_flag else inputs
        if self.act:
            x, (remainders, n_updates) = self.act_fn(x, inputs=x, fn=self.enc, time_enc=self.timing_signal,
                                                     pos_enc=self.position_signal, max_hop=self.num_layers)
            return self.layer_norm(x), (remainders, n_updates)
        for l in range(self.num_layers):
            x = self.enc(x)
        return self.layer_norm(x), None
