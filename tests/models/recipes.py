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


def redraw(part, spread=0.3):
    """A classifier's initial weights are often too small to tell inputs apart; these are not."""
    part.weight.normal_(0, spread)
    part.bias.normal_(0, spread)


def sdn_mobilenet(model):
    pool = images(150)
    calibrate_norms(model, pool[:30])
    parts = [l.output.linear for l in model.layers if not l.no_output] + [model.end_layers[2]]
    for part in parts:
        redraw(part)
    forward, model.forward = model.forward, model.early_exit
    exits(model, parts, pool, (0.25, 0.33, 0.4, 0.5), model.confidence_threshold)
    model.forward = forward
    return pool


def sdn_vgg(model):
    pool = images(150)
    calibrate_norms(model, pool[:30])
    parts = [l.output.linear for l in model.layers if l.output_id < 3 and not getattr(l, "no_output", True)]
    for part in parts + [model.end_layers[0]]:
        redraw(part)
    exits(model, parts, pool, (0.25, 0.33, 0.5), model.confidence_threshold)
    return pool


def sdn_wideresnet(model):
    pool = images(150)
    calibrate_norms(model, pool[:30])
    parts = [l.output.linear for l in model.layers if l.output is not None]
    for part in parts + [model.end_layers[4]]:
        redraw(part)
    exits(model, parts, pool, (0.25, 0.3, 0.3), model.confidence_threshold)
    # Classifiers that agree on most inputs, so that the streak ends some runs.
    for part in parts:
        part.bias[3] += 1.0
    return pool


def skipnet_rnn(model):
    pool = images(80)
    calibrate_norms(model, pool[:20])
    for g in range(3):
        for i in range(model.num_layers[g]):
            gate = getattr(model, f"group{g + 1}_gate{i}")[1]
            gate.weight.normal_(0, 0.8)
            out = torch.stack([v.reshape(-1) for v in seen_by(model, gate, pool)])
            gate.bias.sub_(out.mean(0))
    for weight in model.control.rnn.parameters():
        weight.mul_(3)
    out = torch.stack([v.reshape(-1) for v in seen_by(model, model.control.proj, pool)])
    model.control.proj.weight.mul_(3 / out.std())
    out = torch.stack([v.reshape(-1) for v in seen_by(model, model.control.proj, pool)])
    model.control.proj.bias.sub_(out.median())
    return pool


def blockdrop(model):
    singles = images(160)
    pool = [{"x": np.concatenate([a["x"], b["x"]])} for a, b in zip(singles[::2], singles[1::2])]
    calibrate_norms(model, pool[:20])
    logit = model.agent.logit
    logit.weight.normal_(0, 1.0)
    out = torch.cat(seen_by(model, logit, pool))
    logit.weight.mul_((3 / out.std(0)).unsqueeze(1))
    out = torch.cat(seen_by(model, logit, pool))
    # Above the median, so that often neither of two samples wants the block.
    logit.bias.sub_(out.quantile(0.6, dim=0))
    return pool


def caption(model):
    for part in (model.embedding, model.fc):
        part.weight.normal_(0, 1.0)
    model.init_h.weight.mul_(4)
    model.attention.full_att.weight.mul_(6)
    model.decode_step.weight_ih.mul_(2)
    model.decode_step.weight_hh.mul_(2)
    model.fc.bias[2] = 1.5
    # Never the padding or the start word.
    model.fc.bias[:2] = -20
    return [{"features": (torch.randn(1, 24, 4, 4) * 8).round().div(8).numpy()} for _ in range(120)]


def msdnet(model):
    pool = images(150)
    calibrate_norms(model, pool[:30])
    parts = [c.linear for c in model.classifier]
    for part in parts:
        redraw(part)
    exits(model, parts[:-1], pool, (0.25, 0.33, 0.5), model.thresholds[0])
    return pool


def sentences(count, length=8, vocab=50):
    """Random words, padded to the length with 0, and the mask over them."""
    pool = []
    for _ in range(count):
        words = torch.randint(3, length + 1, ()).item()
        ids = torch.zeros(1, length, dtype=torch.long)
        ids[0, :words] = torch.randint(1, vocab, (words,))
        pool.append({"input_ids": ids.numpy(), "attention_mask": (ids != 0).long().numpy()})
    return pool


def wake(model):
    """Encoder weights large enough that the words matter."""
    for m in model.modules():
        if isinstance(m, nn.Linear):
            m.weight.mul_(2)
    jitter_norms(model)


def ee_exception(model):
    wake(model)
    pool = sentences(200)
    for highway, share in zip(model.encoder.highway, (0.25, 0.33, 0.5, 0.6)):
        part = highway.classifier
        logits = torch.cat(seen_by(model, part, pool))
        low, high = 1e-3, 1e3
        for _ in range(60):
            scale = (low * high) ** 0.5
            p = F.softmax(logits * scale, dim=1)
            taken = (-(p * p.clamp(min=1e-20).log()).sum(1) < 0.5).float().mean().item()
            low, high = (low, scale) if taken > share else (scale, high)
        part.weight.mul_(scale)
        part.bias.mul_(scale)
    return pool


def ee_confidence(model):
    wake(model)
    pool = sentences(200)
    parts = [model.layers[f"head{i}"][1] for i in range(3)]
    exits(model, parts, pool, (0.25, 0.33, 0.5), model.threshold)
    return pool


def ee_patience(model):
    wake(model)
    pool = sentences(500)
    for part in model.classifiers:
        redraw(part)
        part.bias.sub_(torch.cat(seen_by(model, part, pool)).mean(0))
    return pool


def ee_batch(model):
    pool = [{"x": (torch.randn(6, 16) * 16).round().div(16).numpy()} for _ in range(150)]
    jitter_norms(model)
    for layer in model.layers:
        redraw(layer.exit, 0.5)
    for layer, share in zip(model.layers[:3], (0.3, 0.4, 0.5)):
        logits = torch.cat(seen_by(model, layer.exit, pool))
        low, high = 1e-3, 1e3
        for _ in range(60):
            scale = (low * high) ** 0.5
            taken = (F.softmax(logits * scale, 1).max(1).values > model.threshold).float().mean().item()
            low, high = (low, scale) if taken > share else (scale, high)
        layer.exit.weight.mul_(scale)
        layer.exit.bias.mul_(scale)
    return pool + [{"x": np.repeat(p["x"][:1], 6, 0)} for p in pool[:40]]


def act(model):
    jitter_norms(model)
    model.act_fn.p.weight.mul_(0.9)
    model.act_fn.p.bias.fill_(0.6)
    return [{"inputs": (torch.randn(2, 5, 12) * 16).round().div(16).numpy()} for _ in range(150)]


def pondernet(model):
    pool = [{"x": torch.randint(-1, 2, (2, 8)).float().numpy()} for _ in range(1500)]
    for weight in model.gru.parameters():
        weight.mul_(2.5)
    # A slow update gate: the state drifts towards its limit and crosses the halting threshold at a step of its own.
    model.gru.bias_ih[16:32] += 2.5
    model.lambda_layer.weight.normal_(0, 200)
    model.lambda_layer.bias.fill_(-120)
    certain = []
    for inputs in pool:
        drawn = torch.cat([v.reshape(-1) for v in seen_by(model, model.lambda_prob, [inputs])])
        if ((drawn == 0) | (drawn == 1)).all():
            certain.append(inputs)
    return certain


def tree_lstm(model):
    for m in model.modules():
        if isinstance(m, nn.Linear):
            m.weight.mul_(2)
    return [{"words": torch.randint(1, 40, (7,)).numpy()} for _ in range(10)]


def spinn(model):
    pool = []
    for _ in range(60):
        # A random binary bracketing of six leaves: eleven transitions.
        moves, depth, left = [], 0, 6
        while left or depth > 1:
            shift = left and (depth < 2 or torch.rand(()) < 0.5)
            moves.append(0 if shift else 1)
            left, depth = (left - 1, depth + 1) if shift else (left, depth - 1)
        pool.append({"tokens": torch.randint(0, 30, (6,)).numpy(), "transitions": np.array(moves)})
    return pool


def llada(model):
    for block in model.model.blocks:
        block.qkv.weight.mul_(2)
        block.down.weight.mul_(4)
    model.model.head.weight.mul_(5)
    return [{"prompt": torch.randint(0, 32, (1, 4)).numpy()} for _ in range(200)]


RECIPES = [
    {"name": "skipnet", "build": "SkipNet(BasicBlock, [6, 6, 6], num_classes=10)",
     "inputs": {"x": "f32[1,3,32,32]"}, "prepare": skipnet,
     "gates": 17, "first_gate": 1},
    {"name": "sdn_resnet", "build": "ResNet_SDN()", "inputs": {"x": "f32[1,3,32,32]"}, "prepare": sdn_resnet,
     "all_paths": True},
    {"name": "deq", "build": "DEQNet()", "inputs": {"x": "f32[1,3,32,32]"}, "prepare": deq, "all_paths": True},
    {"name": "moe", "build": "MoEModel()", "inputs": {"x": "f32[1,6,16]"}, "prepare": moe},
    {"name": "sdn_mobilenet", "build": "mobilenet_sdn()", "entry": "early_exit", "inputs": {"x": "f32[1,3,32,32]"},
     "prepare": sdn_mobilenet, "all_paths": True},
    {"name": "sdn_vgg", "build": "VGG_SDN()", "inputs": {"x": "f32[1,3,32,32]"}, "prepare": sdn_vgg,
     "all_paths": True},
    {"name": "sdn_wideresnet", "build": "WideResNet_SDN(widen_factor=1)", "inputs": {"x": "f32[1,3,32,32]"},
     "prepare": sdn_wideresnet, "all_paths": True},
    {"name": "skipnet_rnn", "build": "RecurrentGatedSkipNet(BasicBlock, [2, 2, 2])",
     "inputs": {"x": "f32[1,3,32,32]"}, "prepare": skipnet_rnn, "gates": 5},
    {"name": "blockdrop", "build": "BlockDrop()", "inputs": {"x": "f32[2,3,32,32]"}, "prepare": blockdrop,
     "gates": 8, "first_gate": 3, "cases": 14},
    {"name": "caption", "build": "captioner()", "inputs": {"features": "f32[1,24,4,4]"}, "prepare": caption,
     "cases": 14, "cover": ["<2>|"]},
    {"name": "msdnet", "build": "MSDNet(thresholds=[0.6, 0.6, 0.6])", "inputs": {"x": "f32[1,3,32,32]"},
     "prepare": msdnet, "all_paths": True},
    {"name": "ee_exception", "build": "DeeBertForSequenceClassification(BertConfig(), exit_entropy=0.5)",
     "inputs": {"input_ids": "i64[1,8]", "attention_mask": "i64[1,8]"}, "prepare": ee_exception, "all_paths": True},
    {"name": "ee_confidence", "build": "build(threshold=0.7)",
     "inputs": {"input_ids": "i64[1,8]", "attention_mask": "i64[1,8]"}, "prepare": ee_confidence, "all_paths": True},
    {"name": "ee_patience", "build": "PabeeForSequenceClassification(BertConfig(num_hidden_layers=5)).set_patience(2)",
     "inputs": {"input_ids": "i64[1,8]", "attention_mask": "i64[1,8]"}, "prepare": ee_patience, "all_paths": True},
    {"name": "ee_batch", "build": "BatchedEarlyExit()", "inputs": {"x": "f32[6,16]"}, "prepare": ee_batch,
     "cases": 16},
    {"name": "act", "build": "UniversalEncoder()", "inputs": {"inputs": "f32[2,5,12]"}, "prepare": act},
    {"name": "pondernet", "build": "halting(n_elems=8)", "inputs": {"x": "f32[2,8]"}, "prepare": pondernet,
     "all_paths": True, "cases": 16},
    {"name": "tree_lstm", "build": "TreeClassifier()", "inputs": {"words": "i64[7]"},
     "statics": {"tree": "(0, (1, 2, 3), (4, (5, 6)))"}, "prepare": tree_lstm, "cases": 10},
    {"name": "tree_lstm_chain", "source": "tree_lstm.py", "build": "TreeClassifier()", "inputs": {"words": "i64[7]"},
     "statics": {"tree": "(6, (5, (4, (3, (2, (1, 0))))))"}, "prepare": tree_lstm, "cases": 10},
    {"name": "spinn", "build": "SPINN()", "inputs": {"tokens": "i64[6]", "transitions": "i64[11]"}, "prepare": spinn},
    {"name": "llada", "build": "Generator()", "inputs": {"prompt": "i64[1,4]"}, "prepare": llada},
]
