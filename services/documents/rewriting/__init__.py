"""Writes pictures and films anew, without what the camera noted beside them, such as the place."""
