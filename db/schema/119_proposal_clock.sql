-- A proposal that nobody judges lapses by the clock: what it rested on has moved
-- on, and who proposed it hears of it.
CREATE INDEX proposal_waits ON proposal (created) WHERE state = 'open';

CREATE FUNCTION clock_proposal(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
	n int := 0;
BEGIN
	FOR p IN SELECT * FROM proposal WHERE state = 'open'
	    AND created <= p_now - interval '30 days' ORDER BY id FOR UPDATE
	LOOP
		UPDATE proposal SET state = 'lapsed' WHERE id = p.id;
		PERFORM proposal_carry_out(p, 'reject');
		PERFORM notice_add('proposal.lapsed', w.organisation_id,
		    p.subject_number, jsonb_build_object('act', p.act,
		    'proposal', p.id, 'proposed_by', w.handle), p.id::text)
		FROM principal w WHERE w.id = p.proposed_by;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (700, 'proposal', 'a proposal that nobody judges lapses after 30 days');
