-- In which round a late result counts.
ALTER TABLE results ADD COLUMN counts_in INTEGER;
