"""Labelled image sets: folders and manifests."""
