# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[0.1, 0.1, 0.1]
# case: x=[3, 1, 1]
# case: x=[20, 1, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        buf = x.new_zeros(4, 3)
        head = buf[0]
        other = buf
        i = 0
        while x.sum() > 1 and i < 4:
            buf[i] = x
            head += 1
            x = x / 2
            i += 1
        other[3, 0] = -1
        return buf, head, other.sum(), i
