"""A drill: Firestore, its quota, Cloud KMS or the disk is away under load, and no person acts."""
