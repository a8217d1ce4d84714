"""Early exit in an encoder by confidence, with a plain return (after the SDN rule in Zhou et al., 2020)."""

import torch
from torch import nn

from encoder import *


def build(num_layers=4, threshold=0.7, **kwargs):
    return ConfidenceExitEncoder(BertConfig(num_hidden_layers=num_layers, **kwargs), threshold)


class ConfidenceExitEncoder(nn.Module):
    def __init__(self, config, threshold):
        super().__init__()
        self.config = config
        self.threshold = threshold
        self.embeddings = BertEmbeddings(config)
        self.layers = nn.ModuleDict()
        for i in range(config.num_hidden_layers):
            self.layers[f"layer{i}"] = BertLayer(config, act=nn.GELU(approximate="tanh"))
            self.layers[f"head{i}"] = nn.Sequential(BertPooler(config), nn.Linear(config.hidden_size, config.num_labels))

    def adaptive_forward(self, hidden, current_layer, mask):
        return self.layers["layer%d" % current_layer](hidden, mask)

    @torch.no_grad()
    def forward(self, input_ids, attention_mask):
        mask = extend_mask(attention_mask, torch.float32)
        hidden = self.embeddings(input_ids)
        confidence_history = []
        for i in range(self.config.num_hidden_layers):
            hidden = self.adaptive_forward(hidden, current_layer=i, mask=mask)
            logits = self.layers[f"head{i}"](hidden)
            confidence = logits.softmax(-1).amax(-1)
            confidence_history += [confidence]
            if i + 1 < self.config.num_hidden_layers and confidence > self.threshold:
                return {"logits": logits, "layers_run": i + 1, "history": confidence_history}
        return {"logits": logits, "layers_run": self.config.num_hidden_layers, "history": confidence_history}
