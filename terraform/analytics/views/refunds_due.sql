-- Orders with money to refund. The payment position with the highest orderVersion wins: a refund that was made, or a total
-- that changed again, has a higher one.
SELECT
  orderId,
  paymentMethod,
  currency,
  dueMinor,
  capturedMinor,
  refundedMinor,
  toRefundMinor,
  occurredAt AS positionAt
FROM `${dataset}.distinct_events`
WHERE eventType = 'payment.position_changed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY orderId ORDER BY orderVersion DESC) = 1 AND toRefundMinor > 0
