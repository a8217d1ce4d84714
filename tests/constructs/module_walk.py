# build: M()
# entry: forward
# input: x=f32[1,2]
# case: x=[[1, 2]]
# case: x=[[-1, -2]]
import torch.nn as nn


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.5)
        m.bias.data.fill_(0.25)


class Net(nn.Sequential):
    def forward(self, x):
        for i, layer in enumerate(self):
            x = layer(x)
            if x.sum() < 0:
                break
        return x, i


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net(nn.Linear(2, 2), nn.Tanh(), nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)))
        self.apply(init_weights)
        self.count = len([m for m in self.modules() if isinstance(m, nn.Linear)])

    def forward(self, x):
        y, i = self.net(x)
        names = [n for n, _ in self.named_modules()]
        head = nn.Sequential(*list(self.net.children())[:-1])
        return y, i, self.count, len(names), head(x)[0, 1], "net.2.0" in names, self.net[2][0].out_features
