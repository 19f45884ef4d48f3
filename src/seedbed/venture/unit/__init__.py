"""What an answer costs, what a customer is worth, and how many machines the promise needs."""
