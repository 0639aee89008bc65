/** Every `code` of a problem document, with what it means and what to do. Codes of rejected events are in rejects.ts. */

export interface ErrorEntry {
  status: number;
  meaning: string;
}

export const ERRORS: Readonly<Record<string, ErrorEntry>> = {
  // 400: not readable.
  malformed_body: {
    status: 400,
    meaning: 'The body is not JSON, or not UTF-8. line, column and near say where. Nothing of it was taken.',
  },
  malformed_encoding: {
    status: 400,
    meaning: 'The body is not what Content-Encoding says, or stops half-way. Send it again.',
  },
  malformed_request: { status: 400, meaning: 'The request line or the Host header cannot be read.' },
  empty_batch: { status: 400, meaning: 'There is no event in the body.' },
  invalid_idempotency_key: { status: 400, meaning: 'The Idempotency-Key has more than 200 characters.' },
  invalid_wait: { status: 400, meaning: '?wait= takes "stored" only.' },
  malformed_json: { status: 400, meaning: 'A message of the live socket, or a parameter, is not JSON.' },
  websocket_required: { status: 400, meaning: 'The route is a WebSocket: open it with ws:// or wss://.' },
  too_deep: { status: 400, meaning: 'Objects and arrays lie too deep inside each other.' },
  // 401 and 403: keys.
  missing_key: { status: 401, meaning: 'Send a key: Authorization: Bearer KEY.' },
  unknown_key: { status: 401, meaning: 'The key was mistyped, revoked, or belongs to another installation.' },
  missing_scope: {
    status: 403,
    meaning: 'The key lacks the scope the route needs: write, read, define or admin.',
  },
  route_exists: {
    status: 409,
    meaning: 'There is a route of this name already, or the project has as many as it may.',
  },
  route_not_found: { status: 404, meaning: 'The project has no such route.' },
  feature_disabled: {
    status: 403,
    meaning:
      'The feature is switched off for the project, or not open to this key yet; flag names it. PUT /v1/flags changes it.',
  },
  other_project: { status: 403, meaning: 'The key administers its own project only.' },
  // 404 and 405.
  not_found: { status: 404, meaning: 'There is no such route.' },
  batch_not_found: {
    status: 404,
    meaning: 'There is no such batch, or its outcome was forgotten after a day.',
  },
  key_not_found: { status: 404, meaning: 'The project has no such key.' },
  project_not_found: { status: 404, meaning: 'There is no such project.' },
  unknown_metric: {
    status: 404,
    meaning: 'There is no such metric; 422 when a definition in the request has no metric of this name.',
  },
  event_type_not_found: { status: 404, meaning: 'The project has no such event type.' },
  event_not_seen: { status: 404, meaning: 'No event of this name was stored or rejected lately.' },
  funnel_not_found: { status: 404, meaning: 'The project has no such funnel, or no such version of it.' },
  alert_not_found: { status: 404, meaning: 'The project has no such alert.' },
  experiment_not_found: { status: 404, meaning: 'The project has no such experiment.' },
  dashboard_not_found: { status: 404, meaning: 'The project has no such dashboard.' },
  link_not_found: { status: 404, meaning: 'The link opens nothing: the dashboard is no longer shared.' },
  tile_not_found: { status: 404, meaning: 'The dashboard has no tile at this place.' },
  cohort_not_found: { status: 404, meaning: 'The project has no such cohort.' },
  unknown_user: {
    status: 404,
    meaning: 'No stored event, or none of the funnel’s types, is of this person.',
  },
  schedule_not_found: { status: 404, meaning: 'The metric has no schedule.' },
  pack_not_found: { status: 404, meaning: 'There is no such pack of event types.' },
  method_not_allowed: { status: 405, meaning: 'The route takes other methods; Allow names them.' },
  body_too_slow: {
    status: 408,
    meaning: 'The body stopped coming, or came slower than 16 kB/s. Nothing of it was taken; send it again.',
  },
  // 409: conflicts.
  already_subscribed: { status: 409, meaning: 'The live socket is subscribed to this already.' },
  project_exists: { status: 409, meaning: 'There is a project with this id already.' },
  outcome_forgotten: {
    status: 409,
    meaning: 'The Idempotency-Key is known and its events were taken; their outcome is no longer remembered.',
  },
  event_type_changed: {
    status: 409,
    meaning: 'The event type was changed meanwhile, or the new version would refuse events the old one took.',
  },
  event_type_exists: {
    status: 409,
    meaning: 'There is an event type of this name; PUT makes a new version of it.',
  },
  breaking_change: {
    status: 409,
    meaning:
      'The new version would refuse events the old one took; errors[] says which. ?force=true does it all the same.',
  },
  cohort_in_use: {
    status: 409,
    meaning:
      'Other cohorts, funnels, experiments, predictive models or metrics are defined by this cohort; errors[] names them. Change or delete those first.',
  },
  metric_exists: {
    status: 409,
    meaning: 'There is a metric of this name; PUT makes a new version of it.',
  },
  metric_in_use: {
    status: 409,
    meaning: 'Other definitions use the metric; errors[] names them. ?force=true does it all the same.',
  },
  event_type_inactive: { status: 409, meaning: 'The event type is switched off.' },
  // 413 and 415.
  body_too_large: {
    status: 413,
    meaning: 'The body is over its limit, as sent or inflated. Send it in smaller parts.',
  },
  too_many_events: {
    status: 413,
    meaning: 'The body has more than 100,000 events. Send it in several requests.',
  },
  unsupported_charset: { status: 415, meaning: 'Send UTF-8.' },
  unsupported_encoding: { status: 415, meaning: 'Send gzip, deflate, br, or no encoding.' },
  unsupported_type: { status: 415, meaning: 'Send application/json; events also as application/x-ndjson.' },
  // 422: readable and wrong.
  invalid_text: {
    status: 422,
    meaning: 'A text of the request holds U+0000, which cannot be stored; leave it out.',
  },
  idempotency_key_reused: {
    status: 422,
    meaning: 'The Idempotency-Key came before with another body. Nothing was taken; use a new key.',
  },
  invalid_request: { status: 422, meaning: 'errors[] names each field that is wrong, and why.' },
  invalid_event_type: {
    status: 422,
    meaning: 'The definition of the event type has mistakes; errors[] names each with its place.',
  },
  invalid_cursor: { status: 422, meaning: 'A cursor is what next_cursor said, unchanged.' },
  invalid_range: { status: 422, meaning: 'from must lie before to.' },
  range_too_long: { status: 422, meaning: 'The span is longer than counters are kept.' },
  invalid_regexp: { status: 422, meaning: 'A regular expression cannot be read; the syntax is RE2.' },
  unknown_channel: { status: 422, meaning: 'Channels are events, metrics, funnel and alerts.' },
  too_many_subscriptions: { status: 422, meaning: 'A live socket has at most 50 subscriptions.' },
  too_many_live_questions: {
    status: 422,
    meaning: 'As many different live questions of the project are open as one front takes.',
  },
  query_over_limit: {
    status: 422,
    meaning:
      'The question costs more than allowed; the estimate says how much, and alternatives what would cost less.',
  },
  invalid_definition: {
    status: 422,
    meaning: 'The metric’s definition has mistakes; errors[] names each with line, column and a hint.',
  },
  sql_refused: {
    status: 422,
    meaning:
      'The statement is not one select over events, or calls what may not be called; line and column say where.',
  },
  query_refused: {
    status: 422,
    meaning: 'ClickHouse could not make sense of the statement; detail has its words.',
  },
  too_many_combinations: { status: 422, meaning: 'The steps of the funnel overlap in too many ways.' },
  too_many_links: {
    status: 422,
    meaning: 'The ways of a paths question have more than 200,000 different links.',
  },
  too_many_values: { status: 422, meaning: 'A condition or breakdown has too many values.' },
  too_few_customers: { status: 422, meaning: 'There are too few customers to fit the model.' },
  too_few_people: { status: 422, meaning: 'There are too few people to learn from or to judge by.' },
  one_outcome: {
    status: 422,
    meaning: 'Everybody left, or nobody: there is nothing to tell people apart by.',
  },
  empty_cohort: { status: 422, meaning: 'Nobody of the cohort did anything in the range.' },
  too_many_models: { status: 422, meaning: 'The project has as many predictive models as it may.' },
  model_not_found: { status: 404, meaning: 'The project has no such predictive model.' },
  model_version_not_found: { status: 404, meaning: 'The model has no such version, or it was forgotten.' },
  model_not_trained: { status: 409, meaning: 'No training of the model has ended well yet.' },
  no_repeat_purchases: { status: 422, meaning: 'Nobody bought twice, so the model cannot be fitted.' },
  schemas_too_large: {
    status: 422,
    meaning: 'The schemas of the project’s event types are too large together.',
  },
  too_many_schedules: { status: 422, meaning: 'The project has as many schedules as it may.' },
  too_many_metrics: { status: 422, meaning: 'The project has as many metrics as it may.' },
  too_many_funnels: { status: 422, meaning: 'The project has as many saved funnels as it may.' },
  cohort_not_asked: { status: 422, meaning: 'This question cannot be asked about cohorts.' },
  list_too_long: { status: 422, meaning: 'A list of people is longer than a fixed cohort may be.' },
  invalid_csv: {
    status: 422,
    meaning: 'A CSV file cannot be read, or some of its rows name nobody; errors[] says which.',
  },
  too_many_alerts: { status: 422, meaning: 'The project has as many alerts as it may.' },
  invalid_webhook: { status: 422, meaning: 'The address is no https or http URL, or carries a password.' },
  metric_not_a_number: { status: 422, meaning: 'The metric answers with text; alerts judge numbers.' },
  too_many_experiments: { status: 422, meaning: 'The project has as many experiments as it may.' },
  too_many_dashboards: { status: 422, meaning: 'The project has as many dashboards as it may.' },
  too_many_cohorts: { status: 422, meaning: 'The project has as many cohorts as it may.' },
  too_many_event_types: { status: 422, meaning: 'The project has as many event types as it may.' },
  // 429 and 503: later.
  too_many_sockets_of_key: { status: 429, meaning: 'A key has at most 10,000 live sockets on a front.' },
  too_many_sockets: { status: 503, meaning: 'The front holds as many live sockets as it takes.' },
  too_many_live_projects: { status: 503, meaning: 'As many projects are live as one front takes.' },
  live_not_ready: {
    status: 503,
    meaning: 'Live numbers are not known yet: ClickHouse or Redis does not answer.',
  },
  rate_limited: {
    status: 429,
    meaning: 'The key made too many requests in this second; Retry-After says when to go on.',
  },
  too_many_bodies: {
    status: 503,
    meaning: 'Too many request bodies are being received; send it again shortly.',
  },
  stream_full: {
    status: 503,
    meaning: 'Too many events wait to be stored. Nothing was taken; send it again after Retry-After.',
  },
  stream_unavailable: {
    status: 503,
    meaning: 'Redis is away, so nothing can be made durable. Send it again, with the same event ids.',
  },
  engine_unavailable: {
    status: 503,
    meaning:
      'ClickHouse is away, or did not answer in time. Events are still accepted; ask again after Retry-After.',
  },
  metadata_unavailable: { status: 503, meaning: 'PostgreSQL is away. Try again after Retry-After.' },
  page_not_built: { status: 404, meaning: 'The web page has no such file; npm run build makes them.' },
  funnels_busy: { status: 503, meaning: 'Too many funnels are being computed; ask again shortly.' },
  predictions_busy: { status: 503, meaning: 'Too many predictions are being computed; ask again shortly.' },
  internal_error: {
    status: 500,
    meaning: 'Weir failed. The log has the cause under the request_id; please report it.',
  },
};
