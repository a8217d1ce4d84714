# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
# case: x=[9, 9]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        best = None
        state = None
        for i in range(4):
            state = x if state is None else state * 0.5 + x
            if state.sum() > 4:
                if best is None or state.max() > best:
                    best = state.max() + i
            x = x - 0.5
        if best is not None:
            return state, best
        return state
