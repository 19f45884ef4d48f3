"""Problems with published answers, and what Seedbed's models say to them."""
