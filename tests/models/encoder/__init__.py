"""A small BERT-like encoder, shared by the early-exit transformers."""

from encoder.layers import BertConfig, BertEmbeddings, BertLayer, BertPooler, extend_mask

__all__ = ["BertConfig", "BertEmbeddings", "BertLayer", "BertPooler", "extend_mask"]
