"""Makes weights.safetensors and cases.npz with real PyTorch; run in this folder. Needs torch, numpy and safetensors.

The weights are random, then calibrated layer by layer on random images, so that each gate and each early exit is taken
by a good part of them. The cases are images that take different paths, with the outputs that PyTorch gave.
"""

import numpy as np
import torch
from safetensors.torch import save_file

from gated_resnet import GatedResNet

torch.manual_seed(20)
model = GatedResNet([16, 32, 64], 3).eval()


def images(count, seed):
    """Smooth random images of different contrast."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 8, 8, generator=generator)
    contrast = torch.rand(count, 1, 1, 1, generator=generator) * 1.5 + 0.3
    return torch.nn.functional.interpolate(coarse, size=32, mode="bilinear") * contrast


@torch.no_grad()
def normalise(bn, x):
    bn.running_mean.copy_(x.mean((0, 2, 3)))
    bn.running_var.copy_(x.var((0, 2, 3)))
    return bn(x)


@torch.no_grad()
def calibrate(x):
    for stage in model.stages:
        x = torch.relu(normalise(stage.enter[1], stage.enter[0](x)))
        for block, gate in zip(stage.blocks, stage.gates):
            gate.linear.weight.normal_(0, 8)
            gate.linear.bias.zero_()
            score = gate.linear(x.mean((2, 3)))
            gate.linear.bias.copy_(-score.quantile(0.4))
            run = (gate(x) > 0.5).view(-1, 1, 1, 1)
            out = torch.relu(normalise(block.bn1, block.conv1(x)))
            block.bn2.weight.fill_(0.5)
            out = torch.relu(x + normalise(block.bn2, block.conv2(out)))
            x = torch.where(run, out, x)
        logits = stage.classify(x)
        stage.exit.weight.div_(logits.std(0).mean())
        stage.exit.bias.sub_(stage.classify(x).mean(0))
        # The scale at which a third of the images is sure.
        scale = 1.0
        while (torch.softmax(stage.classify(x) * scale, 1).amax(1) > model.sure).float().mean() < 0.3:
            scale *= 1.05
        stage.exit.weight.mul_(scale)
        stage.exit.bias.mul_(scale)
        x = x[torch.softmax(stage.classify(x), 1).amax(1) <= model.sure]


calibrate(images(512, 1))
save_file(model.state_dict(), "weights.safetensors")

margins = []
for stage in model.stages:
    for gate in stage.gates:
        gate.register_forward_hook(lambda _, __, out: margins.append(abs(out.item() - 0.5)))
    stage.exit.register_forward_hook(
        lambda _, __, out: margins.append(abs(out.softmax(1).max().item() - model.sure))
    )

cases, kept = {}, []
with torch.no_grad():
    for image in images(400, 2).split(1):
        margins.clear()
        logits, number, ran = model(image)
        # No decision so close that rounding could turn it, and each outcome once.
        if min(margins) > 0.01 and (number, ran) not in kept:
            case = len(kept)
            kept.append((number, ran))
            cases[f"{case}.in.image"] = image.numpy()
            cases[f"{case}.out.0"] = logits.numpy()
            cases[f"{case}.out.1"] = np.array(number)
            cases[f"{case}.out.2"] = np.array(ran)
        if len(kept) == 12:
            break
np.savez("cases.npz", **cases)
print(kept)
