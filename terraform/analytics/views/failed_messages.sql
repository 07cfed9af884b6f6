-- Failed messages by producer, version and topic. The latest message.failed of a failed message states its status; of two
-- at the same time the one that closes it wins. A failed message that is reopened counts as closed until it fails again.
WITH latest AS (
  SELECT source, version, originalTopic, status, occurredAt
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'message.failed'
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY failedMessageId ORDER BY occurredAt DESC, IF(status = 'FAILED', 1, 0)
  ) = 1
)

SELECT
  source,
  version,
  originalTopic,
  COUNT(*) AS messages,
  COUNTIF(status = 'FAILED') AS openMessages,
  COUNTIF(status = 'RESOLVED') AS resolvedMessages,
  COUNTIF(status = 'DISCARDED') AS discardedMessages,
  MAX(occurredAt) AS lastChangeAt
FROM latest
GROUP BY source, version, originalTopic
