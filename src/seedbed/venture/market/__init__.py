"""How big it is: the cap, how fast it is reached, counts from the bottom up, and surveys."""
