"""The parts of get-models: what there is, where it comes from, and how models are built from it."""
