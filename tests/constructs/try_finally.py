# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[9, 9]
# case: x=[-3, 1]
# case: x=[0, 0]
import torch.nn as nn


class M(nn.Module):
    def work(self, x, log):
        try:
            if x.sum() > 1:
                return x * 2
            if x.sum() < -1:
                raise ValueError("negative")
        except ValueError:
            log.append(1)
            return -x
        else:
            log.append(2)
        finally:
            log.append(3)
        return x

    def forward(self, x):
        log = []
        y = self.work(x, log)
        return y, log
