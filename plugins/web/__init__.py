"""The board in a browser: a page with a terminal in it, and behind each page one `emergency board`.

The page and all it needs come from this machine. The terminal of the page is that of
textual-serve; serving.py answers, entering.py lets in, sitting.py runs the board.
"""
