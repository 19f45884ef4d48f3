"""What people said they would pay: van Westendorp, Gabor-Granger and conjoint surveys."""
