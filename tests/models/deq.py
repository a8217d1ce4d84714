"""A deep equilibrium layer (Bai, Kolter and Koltun, 2019), solved by damped fixed-point iteration at run time."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualCell(nn.Module):
    def __init__(self, n_channels, n_inner_channels, kernel_size=3, num_groups=4):
        super().__init__()
        self.conv1 = nn.Conv2d(n_channels, n_inner_channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.conv2 = nn.Conv2d(n_inner_channels, n_channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.norm1 = nn.GroupNorm(num_groups, n_inner_channels)
        self.norm2 = nn.GroupNorm(num_groups, n_channels)
        self.norm3 = nn.GroupNorm(num_groups, n_channels)

    def forward(self, z, x):
        y = self.norm1(F.relu(self.conv1(z)))
        return self.norm3(F.relu(z + self.norm2(x + self.conv2(y))))


def forward_iteration(f, x0, max_iter=50, tol=1e-2, damping=0.5):
    """Damped iteration of f from x0 until the relative residual is below tol or max_iter steps were made."""
    z = x0
    fz = f(z)
    steps = 1
    residual = (fz - z).norm().item() / (1e-5 + fz.norm().item())
    while residual >= tol and steps < max_iter:
        z = damping * z + (1 - damping) * fz
        fz = f(z)
        residual = (fz - z).norm().item() / (1e-5 + fz.norm().item())
        steps += 1
    return fz, residual, steps


class DEQFixedPoint(nn.Module):
    def __init__(self, f, solver, **kwargs):
        super().__init__()
        self.f = f
        self.solver = solver
        self.kwargs = kwargs

    def forward(self, x):
        z, self.forward_res, self.steps = self.solver(lambda z: self.f(z, x), torch.zeros_like(x), **self.kwargs)
        return self.f(z, x)


class DEQNet(nn.Module):
    def __init__(self, chan=8, num_classes=10, max_iter=25, tol=1e-2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, chan, kernel_size=3, stride=2, bias=True, padding=1),
                                  nn.BatchNorm2d(chan))
        self.deq = DEQFixedPoint(ResidualCell(chan, 2 * chan), forward_iteration, tol=tol, max_iter=max_iter)
        self.head = nn.Sequential(nn.BatchNorm2d(chan), nn.AvgPool2d(8, 8), nn.Flatten(),
                                  nn.Linear(chan * 4, num_classes))

    def forward(self, x):
        y = self.head(self.deq(self.stem(x)))
        return {'logits': y, 'steps': self.deq.steps, 'converged': self.deq.forward_res < self.deq.kwargs['tol']}
