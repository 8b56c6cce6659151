"""Solvers for plans: pure functions over figures, without a store. highspy is the extra `planner`."""
