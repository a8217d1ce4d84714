"""Settings of a network."""

_DEFAULTS = {
    "add_cross_attention": False,
    "bos_token_id": None,
    "chunk_size_feed_forward": 0,
    "cross_attention_hidden_size": None,
    "decoder_start_token_id": None,
    "eos_token_id": None,
    "finetuning_task": None,
    "is_decoder": False,
    "is_encoder_decoder": False,
    "output_attentions": False,
    "output_hidden_states": False,
    "pad_token_id": None,
    "problem_type": None,
    "return_dict": True,
    "sep_token_id": None,
    "tie_encoder_decoder": False,
    "tie_word_embeddings": True,
    "tokenizer_class": None,
    "torchscript": False,
    "torch_dtype": None,
}


class PretrainedConfig:
    model_type = ""
    attribute_map = {}

    def __init__(self, **kwargs):
        for name, default in _DEFAULTS.items():
            setattr(self, name, kwargs.pop(name, default))
        self.num_labels = kwargs.pop("num_labels", 2)
        self.pruned_heads = kwargs.pop("pruned_heads", {})
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        object.__setattr__(self, type(self).attribute_map.get(name, name), value)

    def __getattr__(self, name):
        other = type(self).attribute_map.get(name)
        if other is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self, other)

    @property
    def use_return_dict(self):
        return self.return_dict and not self.torchscript

    @classmethod
    def from_dict(cls, config_dict, **kwargs):
        return cls(**{**config_dict, **kwargs})

    @classmethod
    def from_pretrained(cls, name, *args, **kwargs):
        raise NotImplementedError(f"{cls.__name__}.from_pretrained({name!r}) is not supported: give the settings in --build")

    def to_dict(self):
        return dict(self.__dict__)

    def update(self, config_dict):
        for name, value in config_dict.items():
            setattr(self, name, value)
