-- What strategies fold into the base model, and carry from round to round.
ALTER TABLE models ADD COLUMN base_delta TEXT;
ALTER TABLE models ADD COLUMN momentum TEXT;
