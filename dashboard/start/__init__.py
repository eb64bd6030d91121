"""The first page: workspaces, demo sets, session files."""
