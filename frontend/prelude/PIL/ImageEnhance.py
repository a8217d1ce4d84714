"""Not supported: there are no pictures here."""
