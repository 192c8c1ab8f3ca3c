"""Fields that a tenant defines itself."""
