"""Bytes in any telephone encoding become 20 ms mono frames per speaker; gaps stay visible."""
