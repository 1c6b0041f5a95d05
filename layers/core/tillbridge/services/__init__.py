"""Use cases. Each reaches the outside only through the ports of `ports.py`."""
