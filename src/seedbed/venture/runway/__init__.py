"""How long the money lasts: monthly cash, the chance of ruin, and what moves it."""
