"""The people, places and rows that the reference executor brings."""

from tests.reference.fixtures import full_world, place, small_url

__all__ = ["full_world", "place", "small_url"]
