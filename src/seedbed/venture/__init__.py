"""The venture plan: from beliefs and measurements to price, allocation, runway and what to do."""
