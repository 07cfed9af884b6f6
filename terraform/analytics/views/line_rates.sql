-- Substitution and shortage rates by location: the share of ordered lines with at least one substitution, and with at
-- least one missing unit. A line counts once, however often it was substituted or shorted; a shortage of too many lines for
-- one message states only how many they are.
WITH orders AS (
  SELECT orderId, shipFromLocationId AS locationId, lineCount
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'order.created'
),

substituted AS (
  SELECT orderId, COUNT(DISTINCT lineNumber) AS lineCount
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'order.substituted'
  GROUP BY orderId
),

shorted AS (
  SELECT
    events.orderId,
    GREATEST(
      COUNT(DISTINCT IF(item.shortQty > 0, item.lineNumber, NULL)),
      MAX(IF(events.itemsOmitted, events.lineCount, 0))
    ) AS lineCount
  FROM `${dataset}.distinct_events` AS events
  LEFT JOIN UNNEST(events.items) AS item
  WHERE events.eventType = 'order.shorted'
  GROUP BY events.orderId
),

counted AS (
  SELECT
    orders.locationId,
    COUNT(*) AS orders,
    SUM(orders.lineCount) AS orderedLines,
    COALESCE(SUM(substituted.lineCount), 0) AS substitutedLines,
    COALESCE(SUM(shorted.lineCount), 0) AS shortedLines
  FROM orders
  LEFT JOIN substituted ON orders.orderId = substituted.orderId
  LEFT JOIN shorted ON orders.orderId = shorted.orderId
  GROUP BY orders.locationId
)

SELECT
  locationId,
  orders,
  orderedLines,
  substitutedLines,
  shortedLines,
  SAFE_DIVIDE(substitutedLines, orderedLines) AS substitutionRate,
  SAFE_DIVIDE(shortedLines, orderedLines) AS shortageRate
FROM counted
