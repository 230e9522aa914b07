-- A fleet for bench:gateway: 5,000 spreaders of which 90 need work, their last day of moves, and a month of minutes of ten
-- signals of one spreader. :now is ms since 1970; :org and :terminal are texts.
insert into terminal (org, terminal, name, time_zone) values (:org, :terminal, 'Bench', 'Europe/Stockholm')
  on conflict do nothing;
insert into fleet_spreader (org, spreader, number, model, type, terminal)
  select :org, 'spr_b' || n, 'B-' || lpad(n::text, 5, '0'), 'Twin-lift 45', 'sts_twin', :terminal from generate_series(1, 5000) n;
insert into crane (org, crane, number, terminal) select :org, 'crn_b' || n, 'STS-' || n, :terminal from generate_series(1, 5000) n;
insert into assignment (org, spreader, from_at, crane)
  select :org, 'spr_b' || n, :now - 9e8, 'crn_b' || n from generate_series(1, 5000) n;
insert into spreader_condition (org, spreader, level, score, completeness, computed_at, model, components, data_until, heard_at, live)
  select :org, 'spr_b' || n, case when n % 500 = 0 then 'act_now' when n % 62 = 0 then 'plan' else 'ok' end, 100 - n % 60, 1,
    :now - 1000, 'health@1',
    (select jsonb_agg(jsonb_build_object('component', 'TL[' || c || ']', 'level', 'ok', 'score', 97, 'reasons', '[]'::jsonb))
     from generate_series(1, 20) c),
    :now + 9e8, :now, (select jsonb_object_agg('signal.' || c, jsonb_build_array(c, :now)) from generate_series(1, 40) c)
  from generate_series(1, 5000) n;
insert into device_connection (org, btu, spreader, online, at)
  select :org, 'btu-b' || n, 'spr_b' || n, true, :now from generate_series(1, 5000) n;
insert into finding (org, finding, spreader, status, level, risk_hours, updated_at, advice)
  select :org, 'fnd_b' || n, 'spr_b' || n, 'open', 'plan', 12, :now, jsonb_build_object('finding', 'fnd_b' || n,
    'spreader', 'spr_b' || n, 'component', 'TL[1]', 'failureMode', 'FM-02', 'title', 'Twistlock 1 slow to lock', 'level', 'plan',
    'risk', 'production', 'confidence', 0.9, 'firstSeenAt', :now - 1e6, 'updatedAt', :now, 'evidence', '[]'::jsonb,
    'actions', '["Replace the actuator"]'::jsonb, 'parts', '[]'::jsonb, 'skills', '[]'::jsonb, 'repairHours', 6.5, 'riskHours', 12,
    'verification', 'lock time', 'provenance', '{"block":"AG","algorithm":"a","version":"1","inputs":[]}'::jsonb)
  from generate_series(1, 5000) n where n % 500 = 0 or n % 62 = 0;
insert into move (org, move, spreader, started_at, locked_at, ended_at, class, result, boxes, teu, load, features)
  select :org, 'mov_b' || n || '_' || m, 'spr_b' || n, :now - m * 3e5, :now - m * 3e5 + 2e4, :now - m * 3e5 + 9e4, 'single40',
    'completed', 1, 2, 21.5, '{"lock.time": 1.4, "land.impact": 0.3, "load.ecc": 2.1}'
  from generate_series(1, 5000) n, generate_series(1, 100) m;
insert into signal_minute (org, spreader, signal, minute, count, min, max, sum_micro)
  select :org, 'spr_b1', s, floor(:now / 60000)::bigint * 60000 - n::bigint * 60000, 60, 180 + n % 7, 190 + n % 5,
    11100000000 + n from generate_series(1, 43200) n, unnest(array['hyd.press','hyd.oilTemp','hyd.level','pump.current','vib.rms',
    'sup.24v','env.temp','cab.temp','cab.hum','sup.volt']) s;
