"""Seedbed: from labelled rows and a pretrained model to a product that pays for itself."""

__version__ = "0.1.0"
