"""Personal data in texts: found by form and check digit, told without being shown, taken out."""
