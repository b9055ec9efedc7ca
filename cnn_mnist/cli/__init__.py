"""The command line: flags become one `Config`, each `--mode` calls a verb and prints."""
