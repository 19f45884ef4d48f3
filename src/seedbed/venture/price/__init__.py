"""What an answer should cost: demand, the best price and its regret, plans compared, publishing."""
