# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 50]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        state = {"h": x, "n": 0, "best": None}
        while state["h"].sum() > 1:
            state["h"] = state["h"] / 2
            state["n"] += 1
            if state["best"] is None or state["h"].max() < state["best"]:
                state["best"] = state["h"].max()
        state.setdefault("extra", x)
        return {k: v for k, v in sorted(state.items())}, list(state.keys()) == ["h", "n", "best", "extra"]
