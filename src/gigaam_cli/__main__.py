"""``python -m gigaam_cli``: the same as ``gigaam``."""

from gigaam_cli.cli.main import run

if __name__ == "__main__":
    run()
