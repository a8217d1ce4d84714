"""Sequences of different lengths: padded, and packed.

A packed sequence here is the padded one and its lengths: a recurrent layer runs over the padding too and keeps of each
sequence what its own steps gave. What PyTorch packs is computed only where `data` is read.
"""

import torch


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    longest = max([s.shape[0] for s in sequences])
    rows = []
    for s in sequences:
        missing = longest - s.shape[0]
        amounts = [0, 0] * (s.dim() - 1) + ([0, missing] if padding_side == "right" else [missing, 0])
        rows.append(torch.nn.functional.pad(s, amounts, value=padding_value))
    return torch.stack(rows, 0 if batch_first else 1)


class PackedSequence:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("a PackedSequence cannot be made of its parts: use pack_padded_sequence")

    @classmethod
    def _of(cls, padded, lengths, enforce_sorted):
        """`padded` is of shape [time, batch, ...]; `lengths` a list of numbers or a tensor."""
        packed = cls.__new__(cls)
        packed._padded = padded
        packed._lengths = lengths
        packed._enforce_sorted = enforce_sorted
        packed.lengths = torch.as_tensor(lengths, dtype=torch.int64)
        return packed

    def _like(self, padded):
        return PackedSequence._of(padded, self._lengths, self._enforce_sorted)

    def _longest(self):
        return max(self._lengths) if isinstance(self._lengths, list) else int(self.lengths.max())

    def _live(self, padded, lengths):
        """Which [time, batch] places hold an element."""
        return torch.arange(padded.shape[0]).unsqueeze(1) < lengths.unsqueeze(0)

    @property
    def sorted_indices(self):
        return None if self._enforce_sorted else torch.argsort(self.lengths, descending=True, stable=True)

    @property
    def unsorted_indices(self):
        return None if self._enforce_sorted else torch.argsort(self.sorted_indices)

    @property
    def data(self):
        order = self.sorted_indices
        padded, lengths = self._padded, self.lengths
        if order is not None:
            padded, lengths = padded.index_select(1, order), lengths[order]
        return padded[self._live(padded, lengths)]

    @property
    def batch_sizes(self):
        return self._live(self._padded, self.lengths).sum(1)[: self._longest()]

    def to(self, *args, **kwargs):
        return self._like(self._padded.to(*args, **kwargs))

    def cpu(self):
        return self

    def cuda(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter((self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices))

    def __getitem__(self, index):
        return (self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)[index]


def _checked(lengths, enforce_sorted):
    """The lengths as a list if they are known, and as PyTorch wants them."""
    lengths = getattr(lengths, "_tensor", lengths)
    if not isinstance(lengths, torch.Tensor):
        lengths = list(lengths)
        if any([isinstance(n, torch.Tensor) for n in lengths]):
            lengths = torch.stack([torch.as_tensor(n) for n in lengths])
        if not all([isinstance(n, int) for n in lengths]):
            lengths = torch.as_tensor(lengths)
    if isinstance(lengths, list):
        empty = any([n <= 0 for n in lengths])
        unsorted = enforce_sorted and any([a < b for a, b in zip(lengths, lengths[1:])])
    else:
        empty = bool((lengths <= 0).any())
        unsorted = enforce_sorted and lengths.shape[0] > 1 and bool((lengths[:-1] < lengths[1:]).any())
    if empty:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if unsorted:
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass"
            " `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you"
            " do not need ONNX exportability."
        )
    return lengths


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    if batch_first:
        input = input.transpose(0, 1)
    return PackedSequence._of(input, _checked(lengths, enforce_sorted), enforce_sorted)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    longest = sequence._longest()
    padded = sequence._padded
    live = sequence._live(padded, sequence.lengths)
    for _ in range(padded.dim() - 2):
        live = live.unsqueeze(-1)
    padded = torch.where(live, padded, torch.full_like(padded, padding_value))
    if total_length is None:
        padded = padded[:longest]
    else:
        if total_length < longest:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got"
                f" total_length={total_length} and max sequence length being {longest}"
            )
        steps = padded.shape[0]
        if total_length > steps:
            amounts = [0, 0] * (padded.dim() - 1) + [0, total_length - steps]
            padded = torch.nn.functional.pad(padded, amounts, value=padding_value)
        padded = padded[:total_length]
    return padded.transpose(0, 1) if batch_first else padded, sequence.lengths


def pack_sequence(sequences, enforce_sorted=True):
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [rows[at, : int(lengths[at])] for at in range(rows.shape[0])]


def unpack_sequence(packed_sequences):
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
