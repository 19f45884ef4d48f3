"""Rows: read, checked, cleaned and split; knows no model."""
