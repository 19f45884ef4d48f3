"""Keys, plans, credit, usage and invoices: what makes of a model a product that is paid for."""
