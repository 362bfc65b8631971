"""``python -m responder``: the command line."""

from responder.cli import main

if __name__ == "__main__":
    main()
