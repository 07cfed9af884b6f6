"""Draws the dashboards as pictures, from what the local stack measures.

    traffic -> stack -> functions' exported points -> samples -> Prometheus -> each tile's PromQL -> picture
                     -> the relay's counts         ->

Samples have the names and labels that Cloud Monitoring's PromQL gives them, and the queries are those of
`terraform/dashboards`, unchanged. Of Google's own metrics only those of subscriptions have something measured
to stand in for them: the relay's counts. A tile that reads another one stays empty and says so.
"""
