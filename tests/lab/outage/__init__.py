"""A drill: Firestore is away under load, and no person acts."""
