"""An API on releases: batched, metered, limited, swapped under load."""
