"""Early exit in an encoder by confidence; the result leaves the layers inside an exception (after DeeBERT, 2020)."""

import torch
from torch import nn

from encoder import BertConfig, BertEmbeddings, BertLayer, BertPooler, extend_mask


def entropy(x):
    """Of the distribution that the logits x stand for, row by row."""
    exp_x = torch.exp(x)
    A = torch.sum(exp_x, dim=1)
    B = torch.sum(x * exp_x, dim=1)
    return torch.log(A) - B / A


class HighwayException(Exception):
    def __init__(self, message, exit_layer):
        self.message = message
        self.exit_layer = exit_layer


class BertHighway(nn.Module):
    """A pooler and a classifier on the side of one layer."""

    def __init__(self, config):
        super().__init__()
        self.pooler = BertPooler(config)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, encoder_outputs):
        pooled_output = self.pooler(encoder_outputs[0])
        return self.classifier(self.dropout(pooled_output)), pooled_output


class DeeBertEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer = nn.ModuleList([BertLayer(config) for _ in range(config.num_hidden_layers)])
        self.highway = nn.ModuleList([BertHighway(config) for _ in range(config.num_hidden_layers)])
        self.early_exit_entropy = [-1 for _ in range(config.num_hidden_layers)]

    def set_early_exit_entropy(self, x):
        if (type(x) is float) or (type(x) is int):
            for i in range(len(self.early_exit_entropy)):
                self.early_exit_entropy[i] = x
        else:
            self.early_exit_entropy = x

    def forward(self, hidden_states, attention_mask=None):
        all_highway_exits = ()
        for i, layer_module in enumerate(self.layer):
            hidden_states = layer_module(hidden_states, attention_mask)
            current_outputs = (hidden_states,)
            highway_exit = self.highway[i](current_outputs)
            if not self.training:
                highway_logits = highway_exit[0]
                highway_entropy = entropy(highway_logits)
                highway_exit = highway_exit + (highway_entropy,)
                all_highway_exits = all_highway_exits + (highway_exit,)
                if highway_entropy < self.early_exit_entropy[i]:
                    new_output = (highway_logits,) + current_outputs[1:] + (all_highway_exits,)
                    raise HighwayException(new_output, i + 1)
            else:
                all_highway_exits = all_highway_exits + (highway_exit,)
        return hidden_states, all_highway_exits


class DeeBertForSequenceClassification(nn.Module):
    def __init__(self, config, exit_entropy=0.5):
        super().__init__()
        self.num_layers = config.num_hidden_layers
        self.embeddings = BertEmbeddings(config)
        self.encoder = DeeBertEncoder(config)
        self.pooler = BertPooler(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.encoder.set_early_exit_entropy(exit_entropy)

    def bert(self, input_ids, attention_mask=None):
        if attention_mask is None:
            attention_mask = torch.ones(input_ids.size(), device=input_ids.device)
        mask = extend_mask(attention_mask, next(self.parameters()).dtype)
        sequence, exits = self.encoder(self.embeddings(input_ids), mask)
        return (sequence, self.pooler(sequence)) + (exits,)

    def forward(self, input_ids, attention_mask=None):
        exit_layer = self.num_layers
        try:
            outputs = self.bert(input_ids, attention_mask=attention_mask)
            logits = self.classifier(outputs[1])
            outputs = (logits,) + outputs[2:]
        except HighwayException as e:
            outputs = e.message
            exit_layer = e.exit_layer
            logits = outputs[0]
        entropies = [exit[2] for exit in outputs[-1]]
        return logits, exit_layer, entropies
