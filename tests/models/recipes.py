"""How each model's weights are calibrated and where its candidate inputs come from. Read by make.py."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def images(count, size=32, channels=3):
    """Smooth random pictures of varied contrast, on a grid of 1/16 so that they compress well."""
    pool = []
    for _ in range(count):
        contrast = 0.3 + 1.7 * torch.rand(1).item()
        coarse = F.interpolate(torch.randn(1, channels, 4, 4) * contrast, size=size, mode="bilinear")
        picture = coarse + torch.randn(1, channels, 1, 1) + 0.3 * torch.randn(1, channels, size, size)
        pool.append({"x": ((picture * 16).round() / 16).numpy()})
    return pool


def jitter_norms(model):
    """Gives each normalisation a scale and shift that are not the identity."""
    for m in model.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)) and m.weight is not None:
            m.weight.uniform_(0.6, 1.2)
            m.bias.uniform_(-0.3, 0.3)


def calibrate_norms(model, pool):
    """Sets each batch norm's running statistics to those of what really reaches it."""
    jitter_norms(model)
    hooks = []

    def hook(m, args):
        x = args[0]
        dims = [d for d in range(x.dim()) if d != 1]
        m.seen = getattr(m, "seen", 0) + 1
        if m.seen == 1:
            m.first, m.second = x.mean(dims), (x * x).mean(dims)
        m.first = m.first + (x.mean(dims) - m.first) / m.seen
        m.second = m.second + ((x * x).mean(dims) - m.second) / m.seen
        m.running_mean.copy_(m.first)
        m.running_var.copy_((m.second - m.first ** 2).clamp(min=0.05))

    for m in model.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            hooks.append(m.register_forward_pre_hook(hook))
    for inputs in pool:
        model(*[torch.from_numpy(v) for v in inputs.values()])
    for h in hooks:
        h.remove()


def seen_by(model, part, pool, pick=lambda args, out: out):
    """What `pick` takes from each call of a part of the model over the pool."""
    values = []
    hook = part.register_forward_hook(lambda m, args, out: values.append(pick(args, out)))
    for inputs in pool:
        model(*[torch.from_numpy(np.asarray(v)) for v in inputs.values()])
    hook.remove()
    return values


def centre(model, part, pool, index=1, gain=2.0):
    """Spreads a two-way linear part's logit difference over the pool and puts its median at zero."""
    for _ in range(2):
        out = torch.stack([v.reshape(-1) for v in seen_by(model, part, pool)])
        difference = out[:, index] - out[:, 1 - index]
        scale = gain / difference.std().clamp(min=1e-3)
        part.weight.mul_(scale)
        part.bias.mul_(scale)
        part.bias[index] -= difference.median() * scale


def exits(model, parts, pool, share, confidence):
    """Scales each exit's classifier so that about `share` of what reaches it is more confident than `confidence`."""
    for part, s in zip(parts, share):
        logits = torch.stack([v.reshape(-1) for v in seen_by(model, part, pool)])
        if len(logits) == 0:
            raise ValueError("nothing reaches an exit")
        low, high = 1e-3, 1e3
        for _ in range(60):
            scale = (low * high) ** 0.5
            taken = (F.softmax(logits * scale, dim=1).max(1).values >= confidence).float().mean().item()
            low, high = (low, scale) if taken > s else (scale, high)
        part.weight.mul_(scale)
        part.bias.mul_(scale)


def skipnet(model):
    pool = images(60)
    jitter_norms(model)
    calibrate_norms(model, pool[:20])
    for gate in [m for n, m in model.named_modules() if "_gate" in n and n.count(".") == 0][:-1]:
        centre(model, gate.linear_layer, pool)
    return pool


def sdn_resnet(model):
    pool = images(150)
    calibrate_norms(model, pool[:30])
    parts = [l.output.linear for l in model.layers if l.output is not None] + [model.end_layers[2]]
    for part in parts:
        part.weight.normal_(0, 0.3)
        part.bias.normal_(0, 0.3)
    exits(model, parts, pool, (0.25, 0.33, 0.4, 0.5), model.confidence_threshold)
    return pool


def deq(model):
    pool = images(60, 32)
    calibrate_norms(model, pool[:20])
    # The weaker the input against conv2, the more the fixed point depends on itself and the longer it takes.
    model.deq.f.conv2.weight.mul_(1.2)
    for i, inputs in enumerate(pool):
        inputs["x"] *= 2.0 ** (i % 6 - 1)
    return pool


def moe(model):
    for block in model.blocks:
        block.smoe.router.route_linear.weight.mul_(4)
        block.smoe.router.route_linear.bias.mul_(2)
    jitter_norms(model)
    # Rows near one common direction leave some experts without work.
    return [{"x": ((torch.randn(1, 1, 16) * c + torch.randn(1, 6, 16)) * 16).round().div(16).numpy()}
            for c in (0.0, 0.5, 1.0, 2.0) for _ in range(25)]


def has(*letters):
    return lambda path: all(letter in path.split("|")[0] for letter in letters)


RECIPES = [
    {"name": "skipnet", "build": "SkipNet(BasicBlock, [6, 6, 6], num_classes=10)",
     "inputs": {"x": "f32[1,3,32,32]"}, "prepare": skipnet,
     "gates": 17, "first_gate": 1},
    {"name": "sdn_resnet", "build": "ResNet_SDN()", "inputs": {"x": "f32[1,3,32,32]"}, "prepare": sdn_resnet,
     "all_paths": True},
    {"name": "deq", "build": "DEQNet()", "inputs": {"x": "f32[1,3,32,32]"}, "prepare": deq, "all_paths": True},
    {"name": "moe", "build": "MoEModel()", "inputs": {"x": "f32[1,6,16]"}, "prepare": moe},
]
