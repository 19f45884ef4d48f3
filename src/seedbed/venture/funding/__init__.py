"""Who owns what: a cap table, SAFEs, priced rounds, dilution, and Open Cap Format."""
