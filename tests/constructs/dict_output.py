# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
from collections import OrderedDict

import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        out = OrderedDict()
        out["second"] = x * 2
        out["first"] = (x, [x.sum(), 3], None)
        d = {"n": 1, "f": 0.5, "flag": x.sum() > 0}
        if x.sum() > 0:
            d["extra"] = x[0]
            d["n"] += 1
            del out["second"]
        d.update(zero=0)
        return out, d, d.get("extra"), d.get("missing", 7), "extra" in d
