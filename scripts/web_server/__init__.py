"""The web server of scripts/web: the pages, the packages they need, and exported models."""
