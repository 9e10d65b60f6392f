-- A certificate's own hold lasts 90 days at most.  At 60 the body is told.  At
-- 90 the clock, which never gives trust back, takes it for good: revoked with
-- privilegeWithdrawn, since nobody could say in that time that it is good.
-- Holds by measures are the measures' business (240), and a CA, by which a
-- supplier's every device would fall, is for people: there is an alarm a day.

CREATE INDEX certificate_on_hold ON certificate (changed)
	WHERE state = 'on_hold';

CREATE FUNCTION hold_alarm(c certificate, p_topic text, p_once text)
	RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT alarm_raise(p_topic, encode(c.serial, 'hex'),
	    jsonb_build_object('held', json_time(c.changed),
	    'profile', c.profile, 'device', (SELECT kind || '/' || device_id
		FROM device WHERE id = c.device_id)),
	    c.event_id || ' ' || p_once);
$$;

-- What was said of this hold.
CREATE FUNCTION hold_alarm_last(c certificate, p_topic text) RETURNS int
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT max(split_part(once, ' ', 2)::int) FROM notice
	 WHERE topic = p_topic AND subject = encode(c.serial, 'hex')
	   AND organisation_id = (SELECT id FROM organisation
		WHERE kind = 'body')
	   AND once LIKE c.event_id || ' %';
$$;

CREATE FUNCTION clock_hold(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	n int := 0;
	days int;
BEGIN
	FOR c IN SELECT * FROM certificate WHERE state = 'on_hold'
	    AND changed <= p_now - interval '60 days'
	    ORDER BY changed FOR UPDATE LOOP
		days := floor(extract(epoch FROM p_now - c.changed) / 86400);
		IF days < 90 THEN
			CONTINUE WHEN hold_alarm_last(c, 'alarm.long_hold')
			    IS NOT NULL;
			PERFORM hold_alarm(c, 'alarm.long_hold', '60');
		ELSIF c.profile LIKE '%\_ca' THEN
			CONTINUE WHEN hold_alarm_last(c, 'alarm.hold_over')
			    >= days;
			PERFORM hold_alarm(c, 'alarm.hold_over', days::text);
		ELSE
			PERFORM hold_alarm(c, 'alarm.hold_over', '90');
			PERFORM certificate_end(c, crl_reason('privilegeWithdrawn'));
		END IF;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;

INSERT INTO clock_rule (ord, name, what) VALUES (410, 'hold',
    'a certificate''s own hold is told at 60 days and ends in revocation at 90');
