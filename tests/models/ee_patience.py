"""Early exit in an encoder by patience (PABEE, Zhou et al., NeurIPS 2020): enough classifiers in a row agree."""

import torch
import torch.nn as nn

from encoder import BertConfig, BertEmbeddings, BertLayer, BertPooler, extend_mask


class PabeeEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer = nn.ModuleList([BertLayer(config) for _ in range(config.num_hidden_layers)])

    def adaptive_forward(self, hidden_states, current_layer, attention_mask=None):
        layer_outputs = self.layer[current_layer](hidden_states, attention_mask)
        return layer_outputs


class PabeeForSequenceClassification(nn.Module):
    def __init__(self, config, patience=2):
        super().__init__()
        self.config = config
        self.num_labels = config.num_labels
        self.embeddings = BertEmbeddings(config)
        self.encoder = PabeeEncoder(config)
        self.pooler = BertPooler(config)
        self.classifiers = nn.ModuleList(
            [nn.Linear(config.hidden_size, self.num_labels) for _ in range(config.num_hidden_layers)])
        self.patience = patience
        self.regression_threshold = 0
        self.inference_instances_num = 0
        self.inference_layers_num = 0

    def set_patience(self, patience):
        self.patience = patience
        return self

    def forward(self, input_ids=None, attention_mask=None, position_ids=None):
        if input_ids is None:
            raise ValueError("You have to specify input_ids")
        if attention_mask is None:
            attention_mask = torch.ones(input_ids.size(), device=input_ids.device)
        mask = extend_mask(attention_mask, next(self.parameters()).dtype)
        encoder_outputs = self.embeddings(input_ids=input_ids, position_ids=position_ids)

        if self.patience == 0:
            for i in range(self.config.num_hidden_layers):
                encoder_outputs = self.encoder.adaptive_forward(encoder_outputs, i, mask)
            res = [self.classifiers[-1](self.pooler(encoder_outputs))]
        else:
            patient_counter = 0
            patient_result = None
            calculated_layer_num = 0
            for i in range(self.config.num_hidden_layers):
                calculated_layer_num += 1
                encoder_outputs = self.encoder.adaptive_forward(
                    encoder_outputs, current_layer=i, attention_mask=mask)
                pooled_output = self.pooler(encoder_outputs)
                logits = self.classifiers[i](pooled_output)
                labels = logits.detach().argmax(dim=1)
                if patient_result is not None:
                    patient_labels = patient_result.detach().argmax(dim=1)
                if (patient_result is not None) and torch.all(labels.eq(patient_labels)):
                    patient_counter += 1
                else:
                    patient_counter = 0
                patient_result = logits
                if patient_counter == self.patience:
                    break
            res = [patient_result]
            self.inference_layers_num += calculated_layer_num
            self.inference_instances_num += 1
        return res[0], self.inference_layers_num
