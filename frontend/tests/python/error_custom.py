class ConfigError(RuntimeError):
    def __str__(self):
        return "bad config: " + self.args[0]


try:
    raise KeyError("inner")
except KeyError:
    raise ConfigError("depth")
