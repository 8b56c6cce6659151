"""`python -m emergency`: in a wheel this file is emergency/__main__.py."""

from emergency import main

main()
