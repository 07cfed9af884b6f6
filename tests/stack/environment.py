"""The environment a function is given, here as in the cloud."""

FUNCTION_VARIABLES = (
    "GOOGLE_CLOUD_PROJECT",
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "KEYSET_FILE",
    "SUBSCRIPTIONS",
)
