"""The demonstration: a made-up group plays through the services' HTTP APIs, and what they then show is checked."""
