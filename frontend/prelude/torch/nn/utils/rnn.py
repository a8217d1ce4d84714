"""Sequences of different lengths: padded, and packed.

A packed sequence here is the padded tensor [time, batch, ...] of the sequences, longest first, and their lengths. What
PyTorch stores (`data`, the elements of all sequences step by step, and `batch_sizes`, how many sequences are still there
at each step) is made of them when a model asks for it. Lengths are a list of numbers where they are known, else a tensor.
"""

import _braid
import torch
from torch._core import iota, is_tensor


class PackedSequence:
    def __init__(self, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:
            data, batch_sizes = data
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = invert_permutation(sorted_indices)
        self.sorted_indices = sorted_indices
        self.unsorted_indices = unsorted_indices
        rows = int(batch_sizes[0])
        there = iota(rows) < batch_sizes.unsqueeze(1)
        self._lengths = there.sum(0)
        padded = torch.zeros([batch_sizes.shape[0], rows] + list(data.shape[1:]), dtype=data.dtype)
        padded[there] = data
        self._padded = padded

    @property
    def data(self):
        if is_tensor(self._lengths):
            return self._padded[self._there()]
        places = [(t, b) for t in range(max(self._lengths)) for b, n in enumerate(self._lengths) if t < n]
        return self._padded[torch.tensor([t for t, _ in places]), torch.tensor([b for _, b in places])]

    @property
    def batch_sizes(self):
        if is_tensor(self._lengths):
            return self._there().sum(1)
        return torch.tensor([sum([t < n for n in self._lengths]) for t in range(max(self._lengths))])

    @property
    def is_cuda(self):
        return False

    def is_pinned(self):
        return False

    def _there(self):
        """Which sequences are still there at each step: [time, batch]."""
        lengths = self._lengths if is_tensor(self._lengths) else torch.tensor(self._lengths)
        return iota(self._padded.shape[0]).unsqueeze(1) < lengths

    def _with(self, padded):
        return _packed(padded, self._lengths, self.sorted_indices, self.unsorted_indices)

    def _fields(self):
        return self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices

    def __iter__(self):
        return iter(self._fields())

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self._fields()[index]

    def to(self, *args, **kwargs):
        return self._with(self._padded.to(*args, **kwargs))

    def _same(self, *args, **kwargs):
        return self

    cpu = cuda = pin_memory = _same

    def float(self):
        return self._with(self._padded.float())

    def double(self):
        return self._with(self._padded.double())

    def half(self):
        return self._with(self._padded.half())


def _packed(padded, lengths, sorted_indices, unsorted_indices):
    result = object.__new__(PackedSequence)
    result._padded = padded
    result._lengths = lengths
    result.sorted_indices = sorted_indices
    result.unsorted_indices = unsorted_indices
    return result


def invert_permutation(permutation):
    return None if permutation is None else permutation.argsort()


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    if isinstance(lengths, (tuple, list)):
        lengths = [int(n) for n in lengths]
        if not all([_braid.is_known(n) for n in lengths]):
            lengths = torch.tensor(lengths)
    elif lengths.dim() != 1:
        raise RuntimeError("`lengths` should be a 1D tensor")
    padded = input.transpose(0, 1) if batch_first else input
    count = lengths.shape[0] if is_tensor(lengths) else len(lengths)
    if _braid.known_unequal(count, padded.shape[1]):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {count} (batch_size={padded.shape[1]})"
        )
    order = None
    if is_tensor(lengths):
        lengths = lengths.long()
        if not enforce_sorted:
            lengths, order = lengths.sort(0, True)
        elif bool((lengths[1:] > lengths[:-1]).any()):
            raise RuntimeError(_UNSORTED)
        longest = int(lengths[0])
    else:
        if not enforce_sorted:
            places = sorted(range(count), key=lambda i: -lengths[i])
            lengths, order = [lengths[i] for i in places], torch.tensor(places)
        elif any([a < b for a, b in zip(lengths[:-1], lengths[1:])]):
            raise RuntimeError(_UNSORTED)
        if lengths[-1] <= 0:
            raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
        longest = lengths[0]
    if order is not None:
        padded = padded.index_select(1, order)
    return _packed(padded[:longest], lengths, order, invert_permutation(order))


_UNSORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass"
    " `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you"
    " do not need ONNX exportability."
)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    padded, lengths = sequence._padded, sequence._lengths
    there = sequence._there().reshape(list(padded.shape[:2]) + [1] * (padded.dim() - 2))
    padded = torch.where(there, padded, torch.tensor(padding_value, dtype=padded.dtype))
    if total_length is not None:
        missing = total_length - padded.shape[0]
        if missing < 0:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got"
                f" total_length={total_length} and max sequence length being {padded.shape[0]}"
            )
        tail = torch.full([missing] + list(padded.shape[1:]), padding_value, dtype=padded.dtype)
        padded = torch.cat([padded, tail])
    if not is_tensor(lengths):
        lengths = torch.tensor(lengths)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return padded.transpose(0, 1) if batch_first else padded, lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    longest = max([s.shape[0] for s in sequences])
    rows = []
    for s in sequences:
        missing = longest - s.shape[0]
        amounts = [0, 0] * (s.dim() - 1) + ([0, missing] if padding_side == "right" else [missing, 0])
        rows.append(torch.nn.functional.pad(s, amounts, value=padding_value))
    return torch.stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    padded = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(n)] for row, n in zip(padded, lengths)]


def pack_sequence(sequences, enforce_sorted=True):
    return pack_padded_sequence(pad_sequence(sequences), [s.shape[0] for s in sequences], False, enforce_sorted)


def unpack_sequence(packed_sequences):
    padded, lengths = pad_packed_sequence(packed_sequences, True)
    return unpad_sequence(padded, lengths, True)
