-- What lists are searched by.

-- name: search_named
-- $1 what is named, $2 its handle or number, or of a device KIND/ID -> the name, where
-- there is such a thing that the actor may see
SELECT $2::text WHERE CASE $1::text
	WHEN 'model' THEN EXISTS (SELECT FROM model WHERE handle = $2)
	WHEN 'site' THEN EXISTS (SELECT FROM site WHERE handle = $2)
	WHEN 'lot' THEN EXISTS (SELECT FROM lot WHERE number = $2)
	WHEN 'act' THEN EXISTS (SELECT FROM act WHERE name = $2)
	WHEN 'operator' THEN EXISTS (SELECT FROM organisation
	    WHERE handle = $2 AND kind = 'operator')
	WHEN 'organisation' THEN organisation_named($2) IS NOT NULL
	WHEN 'device' THEN device_one(split_part($2, '/', 1),
	    substr($2, strpos($2, '/') + 1)) IS NOT NULL END;
