-- What an hour of a crane is worth to the terminal, in its currency; filled in by the next change of the terminal, or by
-- a rebuild of the view.
alter table terminal add column crane_hour_value double precision;
