-- Shipped orders with money left to collect: to capture, or to authorise again where the authorisation has expired. The
-- payment position with the highest orderVersion wins.
WITH positions AS (
  SELECT orderId, paymentMethod, currency, toCaptureMinor, toAuthorizeMinor
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'payment.position_changed'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY orderId ORDER BY orderVersion DESC) = 1
),

shipped AS (
  SELECT orderId, MAX(shippedAt) AS shippedAt
  FROM `${dataset}.distinct_events`
  WHERE eventType = 'order.shipped'
  GROUP BY orderId
)

SELECT
  shipped.orderId,
  shipped.shippedAt,
  DIV(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), shipped.shippedAt, SECOND), 3600) AS hoursSinceShipped,
  positions.paymentMethod,
  positions.currency,
  positions.toCaptureMinor,
  positions.toAuthorizeMinor
FROM shipped
INNER JOIN positions ON shipped.orderId = positions.orderId
WHERE positions.toCaptureMinor > 0 OR positions.toAuthorizeMinor > 0
