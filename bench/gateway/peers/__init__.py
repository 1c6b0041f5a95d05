"""What one would pick instead. They run with the packages of `.venv-bench`."""
