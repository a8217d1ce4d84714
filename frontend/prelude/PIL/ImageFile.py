"""How picture files are read, which they are not here."""

LOAD_TRUNCATED_IMAGES = False
