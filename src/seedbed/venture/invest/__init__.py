"""Where the next money goes: options in money per money, what to find out, bets in stages."""
