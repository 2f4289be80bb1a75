"""Copies a campaign into another database, and proves that both are equal."""
