"""Explore, the first page: every image a small VAE can draw, on one map.

Each point of the map is a test digit, put there by the encoder. Each place on the map is an image,
drawn by the decoder. Put a hand on it and see. The page itself is pages/ui/explore/page.py.
"""

import streamlit as st

from pages.ui.server import MIDDLEWARE, ROUTES, warm

if __name__ == "__main__":  # Streamlit runs this for a visitor
    from pages.ui.explore import page  # here, because the server below need not wait for torch

    page.main()
else:  # Streamlit's server imports it once, and finds the app by this name
    warm.start()
    app = st.App(__file__, routes=ROUTES, middleware=MIDDLEWARE)
