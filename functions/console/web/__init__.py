"""What the API and the pages share: identity, roles, CSRF protection, errors; and what encrypts for pages."""
