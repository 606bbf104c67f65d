"""What every page is drawn with: links, lessons, charts, token chips, the Export menu, navigation, messages."""
