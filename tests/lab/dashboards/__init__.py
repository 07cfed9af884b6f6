"""Pictures of the dashboards, drawn from measurements of the local stack.

    traffic -> stack -> functions' exported points -> samples -> Prometheus -> each tile's PromQL -> picture
                     -> the relay's counts         ->

Samples have the names and labels of Cloud Monitoring's PromQL, and the queries are those of
`terraform/dashboards`, unchanged. Of Google's own metrics, only those of subscriptions have a substitute
here: the relay's counts. A tile of any other metric stays empty and says so.
"""
