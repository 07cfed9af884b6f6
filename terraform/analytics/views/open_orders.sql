-- Open orders by status and age. A status only moves forward, so the furthest event of an order states it, in whichever
-- order the events arrived. An order is counted once its order.created has arrived.
WITH orders AS (
  SELECT
    orderId,
    MAX(orderedAt) AS orderedAt,
    CASE
      WHEN LOGICAL_OR(eventType = 'order.shipped') THEN 'SHIPPED'
      WHEN LOGICAL_OR(eventType = 'order.cancelled') THEN 'CANCELLED'
      WHEN LOGICAL_OR(eventType = 'order.partially_shipped') THEN 'PARTIALLY_SHIPPED'
      WHEN LOGICAL_OR(eventType = 'order.released') THEN 'RELEASED'
      WHEN LOGICAL_OR(eventType = 'order.allocated') THEN 'ALLOCATED'
      WHEN LOGICAL_OR(eventType = 'order.backordered') THEN 'BACKORDERED'
      ELSE 'CREATED'
    END AS status
  FROM `${dataset}.distinct_events`
  GROUP BY orderId
),

ages AS (
  SELECT
    status,
    orderedAt,
    CASE
      WHEN orderedAt > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR) THEN 'under 1 day'
      WHEN orderedAt > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 72 HOUR) THEN '1 to 3 days'
      WHEN orderedAt > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 168 HOUR) THEN '3 to 7 days'
      ELSE '7 days or more'
    END AS age
  FROM orders
  WHERE orderedAt IS NOT NULL AND status NOT IN ('SHIPPED', 'CANCELLED')
)

SELECT
  status,
  age,
  COUNT(*) AS orders,
  MIN(orderedAt) AS oldestOrderedAt
FROM ages
GROUP BY status, age
