"""Pure rules and shapes. Nothing here knows AWS, HTTP or the environment."""
