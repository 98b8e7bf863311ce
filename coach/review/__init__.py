"""A finished call, looked at: one figure with everything on one time axis, one page with what was said and advised."""
