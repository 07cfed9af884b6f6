-- Each event once. Pub/Sub delivers an event at least once, and a function may publish it again: with the same eventId.
-- After a restore of the database, the later one has the higher orderVersion.
SELECT *
FROM `${dataset}.order_events`
WHERE eventId IS NOT NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY eventId ORDER BY orderVersion DESC, occurredAt) = 1
