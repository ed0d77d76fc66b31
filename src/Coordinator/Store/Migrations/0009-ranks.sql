-- Which rank an agent trains, where not all train the run's.
ALTER TABLE agents ADD COLUMN rank INTEGER;
ALTER TABLE tasks ADD COLUMN rank INTEGER;
ALTER TABLE results ADD COLUMN rank INTEGER;
