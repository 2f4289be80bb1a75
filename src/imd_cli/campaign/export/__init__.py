"""Exports with readable names, on a machine of the staff: `imd campaign export …`."""
