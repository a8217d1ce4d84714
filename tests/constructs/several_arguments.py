# build: M()
# entry: predict
# input: left=f32[2]
# input: right=f32[2,1]
# input: flag=bool[]
# static: mode="sum"
# case: left=[1, 2], right=[[3], [4]], flag=True
# case: left=[1, 2], right=[[3], [4]], flag=False
import torch.nn as nn


class M(nn.Module):
    def predict(self, left, right, flag, mode="mean", bias=None, *, scale=10):
        if flag:
            y = self.mix(b=left, a=right)
        else:
            y = self.mix(left, right, op="-")
        if bias is not None:
            y = y + bias
        return getattr(y, mode)(dim=0) * scale

    def mix(self, a, b, op="+"):
        return a + b if op == "+" else a - b
