"""Makes `example.py`, the venture of the contract, importable by the tests of every part."""
