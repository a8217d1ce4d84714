# build: M()
# input: x=f32[3,5,2]
# input: lengths=i64[3]
# case: x=np.arange(30).reshape(3,5,2) / 20 - 0.6, lengths=[5, 3, 1]
# case: x=np.arange(30).reshape(3,5,2) / 10 - 1.4, lengths=[2, 2, 2]
# case: x=np.arange(30).reshape(3,5,2) / 30, lengths=[4, 4, 2]
# case: x=np.arange(30).reshape(3,5,2) / 30, lengths=[1, 4, 2]
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class M(nn.Module):
    """Recurrent layers over packed sequences whose lengths are data."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(2, 3, 2, batch_first=True)
        for i, p in enumerate(self.parameters()):
            p.data = torch.arange(p.numel()).reshape(p.shape) % 7 / 10 - 0.2 - i % 3 / 10

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h, c) = self.lstm(packed)
        padded, n = pad_packed_sequence(out, batch_first=True, padding_value=-1.0)
        ordered = pack_padded_sequence(x, lengths, batch_first=True)
        steps, last = self.gru(ordered)
        whole, _ = nn.utils.rnn.pad_packed_sequence(steps, batch_first=True, total_length=6)
        return padded, n, h, c, whole, last, ordered.data, ordered.batch_sizes
