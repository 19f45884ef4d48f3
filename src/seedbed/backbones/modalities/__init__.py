"""What pretrained models read, one file a kind of data."""
