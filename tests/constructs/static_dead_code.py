# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch
import torch.nn as nn


class M(nn.Module):
    debug = False

    def forward(self, x, target=None):
        if self.training:
            x = torch.some_function_nobody_has(x)
        if target is not None:
            return no_such_name(x, target)
        if torch.jit.is_scripting() or torch.cuda.is_available() and self.debug:
            x.backward()
        if x.requires_grad or x.is_cuda:
            x = x.cuda()
        if x.sum() > 0:
            x = x.to(torch.device("cpu")).detach().data
        return x.cpu() * 2 if not self.debug else open("x")
