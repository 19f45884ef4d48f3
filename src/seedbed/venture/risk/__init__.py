"""What may go wrong, what the plan hangs on, and how little it takes to flip a decision."""
