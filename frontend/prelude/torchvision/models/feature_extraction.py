"""Features from inside a network, which PyTorch finds by tracing its graph."""


def create_feature_extractor(*args, **kwargs):
    raise NotImplementedError("create_feature_extractor is not supported: it traces the network; use forward hooks")


get_graph_node_names = create_feature_extractor
