"""The same loops under another name."""

from tqdm import tqdm, trange
