"""Padding of sequences. Packed sequences, whose shapes follow from data, are not supported."""

import torch


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    longest = max([s.shape[0] for s in sequences])
    rows = []
    for s in sequences:
        missing = longest - s.shape[0]
        amounts = [0, 0] * (s.dim() - 1) + ([0, missing] if padding_side == "right" else [missing, 0])
        rows.append(torch.nn.functional.pad(s, amounts, value=padding_value))
    return torch.stack(rows, 0 if batch_first else 1)


def _refuse(*args, **kwargs):
    raise NotImplementedError("packed sequences are not supported: give the recurrent layer a padded tensor")


pack_padded_sequence = pad_packed_sequence = pack_sequence = unpack_sequence = _refuse


class PackedSequence:
    def __init__(self, *args, **kwargs):
        _refuse()
