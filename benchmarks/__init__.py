"""
How fast the engine is, as ratios.

Each measurement runs ours and a floor side by side, on the same server in the same
run, in turns; the figure is the ratio of the medians. Bare seconds say more about
the machine than about the code, so they are shown, but not compared.
"""
