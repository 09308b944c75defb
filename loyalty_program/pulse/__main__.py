"""Fail unless the program is alive: `python -m loyalty_program.pulse NAME`."""

import sys

from loyalty_program import pulse

if __name__ == "__main__":
    (name,) = sys.argv[1:]
    is_alive = pulse.web_answers() if name == "web" else pulse.is_felt(name)
    sys.exit(0 if is_alive else 1)
