"""An honest verdict on rows that nothing was chosen by."""
