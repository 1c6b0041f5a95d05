"""What a request costs, beside a hand-written floor and what one would pick instead."""
