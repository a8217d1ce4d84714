"""Results with named fields."""

from dataclasses import dataclass
from typing import Any

from transformers.utils import ModelOutput


def _output(name, fields):
    """A result whose fields are None unless given."""
    names = fields.split()
    made = type(name, (ModelOutput,), {"__annotations__": {n: Any for n in names}, **{n: None for n in names}})
    return dataclass(made)


_LAYERS = " hidden_states attentions"
BaseModelOutput = _output("BaseModelOutput", "last_hidden_state" + _LAYERS)
BaseModelOutputWithPooling = _output("BaseModelOutputWithPooling", "last_hidden_state pooler_output" + _LAYERS)
BaseModelOutputWithPast = _output("BaseModelOutputWithPast", "last_hidden_state past_key_values" + _LAYERS)
BaseModelOutputWithCrossAttentions = _output(
    "BaseModelOutputWithCrossAttentions", "last_hidden_state" + _LAYERS + " cross_attentions"
)
BaseModelOutputWithPastAndCrossAttentions = _output(
    "BaseModelOutputWithPastAndCrossAttentions", "last_hidden_state past_key_values" + _LAYERS + " cross_attentions"
)
BaseModelOutputWithPoolingAndCrossAttentions = _output(
    "BaseModelOutputWithPoolingAndCrossAttentions",
    "last_hidden_state pooler_output past_key_values" + _LAYERS + " cross_attentions",
)
CausalLMOutput = _output("CausalLMOutput", "loss logits" + _LAYERS)
CausalLMOutputWithPast = _output("CausalLMOutputWithPast", "loss logits past_key_values" + _LAYERS)
CausalLMOutputWithCrossAttentions = _output(
    "CausalLMOutputWithCrossAttentions", "loss logits past_key_values" + _LAYERS + " cross_attentions"
)
MaskedLMOutput = _output("MaskedLMOutput", "loss logits" + _LAYERS)
SequenceClassifierOutput = _output("SequenceClassifierOutput", "loss logits" + _LAYERS)
TokenClassifierOutput = _output("TokenClassifierOutput", "loss logits" + _LAYERS)
MultipleChoiceModelOutput = _output("MultipleChoiceModelOutput", "loss logits" + _LAYERS)
NextSentencePredictorOutput = _output("NextSentencePredictorOutput", "loss logits" + _LAYERS)
ImageClassifierOutput = _output("ImageClassifierOutput", "loss logits" + _LAYERS)
QuestionAnsweringModelOutput = _output("QuestionAnsweringModelOutput", "loss start_logits end_logits" + _LAYERS)
