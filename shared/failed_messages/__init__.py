"""Failed messages: dead letters that people review, edit, replay and discard.

The modules, by what they are for:

    a dead letter arrives    dead_letter_handler, dead_letter, payload_facts, search_keys, failure_reports
    one failed message       model, transitions, reopening; repository, documents, selections,
                             retry_on_conflict
    people work on it        service, edits, errors; payload, payload_diff, sent_payload; comparison,
                             amount_checks
    its function is called   function_client
    many at once             bulk_operations, bulk_operation, bulk_transitions, bulk_operation_store,
                             bulk_selection; repairs, patch, formulas
    without a person         automatic_replay, automatic_replay_pauses, replay_turns, producer_notices, growth
    what the console shows   console_services, overview, counts, period_changes, orders, search,
                             producer_report; failure_groups, group_identity, impact
    notifications            notifications, webhook
    records                  audit_log, access_denials, customer_searches
"""
