-- Each event once. Pub/Sub delivers an event at least once, and a function may publish it again: with the same eventId.
SELECT *
FROM `${dataset}.order_events`
WHERE eventId IS NOT NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY eventId ORDER BY occurredAt) = 1
