-- Rule sets, as the migrator loads them and as everybody reads them.

-- name: ruleset_load_do
-- $1 the file's text
SELECT ruleset_load($1::text);

-- name: ruleset_list
SELECT jsonb_build_object('rulesets',
	coalesce(jsonb_agg(ruleset_json(r) ORDER BY name, version), '[]'))
FROM ruleset r;

-- name: ruleset_adopt_do
-- $1 name, $2 version, $3 when the older versions retire
SELECT ruleset_adopt($1, $2::int, to_timestamp($3::bigint));

-- name: ruleset_named
-- $1 name: every version, the newest first, and what is proposed on each
SELECT jsonb_build_object('name', $1::text, 'versions', jsonb_agg(
	ruleset_json(r) || jsonb_build_object('proposals',
	proposals_on('ruleset', r.id)) ORDER BY version DESC))
FROM ruleset r WHERE name = $1 HAVING count(*) > 0;

-- name: ruleset_get
-- $1 name, $2 version
SELECT content || jsonb_build_object('state', state,
	'retires', json_time(retires), 'sha256', encode(content_sha256, 'hex'))
FROM ruleset WHERE name = $1 AND version = $2::int;

-- name: ruleset_for_model
-- $1 handle of a model: the rule set that a declaration for it answers
SELECT r.content || jsonb_build_object('state', r.state)
FROM model m, model_ruleset_now(m) AS r WHERE m.handle = $1;
