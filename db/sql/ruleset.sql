-- Rule sets, as the migrator loads them and as everybody reads them.

-- name: ruleset_load_do
-- $1 the file's text
SELECT ruleset_load($1::text);

-- name: ruleset_list
SELECT jsonb_build_object('rulesets', coalesce(jsonb_agg(jsonb_build_object(
	'name', name, 'version', version, 'state', state,
	'applies_to', content ->> 'applies_to',
	'rules', (SELECT count(*) FROM ruleset_rules(content)),
	'title', content ->> 'title',
	'sha256', encode(content_sha256, 'hex')) ORDER BY name, version), '[]'))
FROM ruleset;

-- name: ruleset_get
-- $1 name, $2 version
SELECT content || jsonb_build_object('state', state,
	'sha256', encode(content_sha256, 'hex'))
FROM ruleset WHERE name = $1 AND version = $2::int;

-- name: ruleset_for_model
-- $1 handle of a model: the rule set that a declaration for it answers
SELECT r.content || jsonb_build_object('state', r.state)
FROM model m
JOIN ruleset r ON r.content ->> 'applies_to' = m.kind AND r.state = 'in_force'
WHERE m.handle = $1 ORDER BY r.name, r.version DESC LIMIT 1;
