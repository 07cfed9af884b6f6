-- Units that orders wait for, by location and sku. order.backordered adds what is missing; order.allocated says that the
-- order got the last of it. In between an order keeps what it gets, so a count may be too high until then. Of an order
-- with more than 200 lines the first missing part alone is stated.
WITH orders AS (
  SELECT
    orderId,
    MAX(shipFromLocationId) AS locationId,
    COALESCE(MAX(IF(eventType = 'order.allocated', orderVersion, NULL)), 0) AS allocatedVersion,
    LOGICAL_OR(
      eventType IN ('order.shipped', 'order.cancelled')
      OR (eventType = 'order.shorted' AND resolution = 'CANCEL_ORDER')
    ) AS ended
  FROM `${dataset}.distinct_events`
  GROUP BY orderId
),

closed_lines AS (
  SELECT events.orderId, closedLine
  FROM `${dataset}.distinct_events` AS events, UNNEST(events.lineNumbers) AS closedLine
  WHERE events.eventType = 'order.lines_cancelled'
  UNION DISTINCT
  SELECT events.orderId, item.lineNumber AS closedLine
  FROM `${dataset}.distinct_events` AS events, UNNEST(events.items) AS item
  WHERE events.eventType = 'order.shorted' AND events.resolution = 'CANCEL_LINE'
),

replaced_skus AS (
  SELECT orderId, lineNumber, originalSku, MAX(orderVersion) AS replacedVersion
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'order.substituted' AND originalSku <> substituteSku
  GROUP BY orderId, lineNumber, originalSku
),

missing AS (
  SELECT
    events.orderId,
    events.orderVersion,
    events.backorderedAt,
    item.lineNumber,
    item.sku,
    item.quantity
  FROM `${dataset}.distinct_events` AS events, UNNEST(events.items) AS item
  WHERE events.eventType = 'order.backordered'
)

SELECT
  orders.locationId,
  missing.sku,
  COUNT(DISTINCT missing.orderId) AS orders,
  SUM(missing.quantity) AS units,
  MIN(missing.backorderedAt) AS waitingSince
FROM missing
INNER JOIN orders ON missing.orderId = orders.orderId
LEFT JOIN closed_lines
  ON missing.orderId = closed_lines.orderId AND missing.lineNumber = closed_lines.closedLine
LEFT JOIN replaced_skus
  ON
    missing.orderId = replaced_skus.orderId
    AND missing.lineNumber = replaced_skus.lineNumber
    AND missing.sku = replaced_skus.originalSku
WHERE
  NOT orders.ended
  AND missing.orderVersion > orders.allocatedVersion
  AND missing.orderVersion > COALESCE(replaced_skus.replacedVersion, 0)
  AND closed_lines.closedLine IS NULL
GROUP BY orders.locationId, missing.sku
