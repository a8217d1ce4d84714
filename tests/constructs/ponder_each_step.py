# build: M()
# entry: forward
# input: x=f32[n,3]
# case: x=np.arange(12).reshape(4,3)*0.1
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 5)
        self.halt = nn.Linear(5, 1)
        for i, p in enumerate(self.parameters()):
            p.data = torch.arange(p.numel()).reshape(p.shape) % 7 / 10 - 0.2 - i % 3 / 10

    def forward(self, x):
        h = x.new_zeros(1, 5)
        outputs, ponders = [], []
        for t in range(x.size(0)):
            total = x.new_zeros(1)
            acc_h = torch.zeros_like(h)
            steps = 0
            flag = x.new_ones(1, 1)
            while True:
                inp = torch.cat([x[t:t + 1], flag], dim=1)
                h = self.cell(inp, h)
                p = torch.sigmoid(self.halt(h)).squeeze(1)
                steps += 1
                flag = flag * 0
                if (total + p).item() > 0.99 or steps >= 5:
                    acc_h = acc_h + (1 - total) * h
                    break
                total = total + p
                acc_h = acc_h + p * h
            h = acc_h
            outputs.append(h)
            ponders.append(steps)
        return torch.cat(outputs), torch.tensor(ponders)
