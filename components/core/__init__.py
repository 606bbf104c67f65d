"""What has no opinion: languages, errors with advice, settings, roles, parameters of links, the version."""
