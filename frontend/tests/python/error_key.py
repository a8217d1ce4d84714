config = {"dim": 4}
size = config["size"]
