"""Models side by side: variants trained with several seeds each.

`notebooks/more/compare_models` shows what came out.
"""
