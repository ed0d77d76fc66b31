-- Whether the file is the one that its service left, or a copy of it that was put in place: a backup.
ALTER TABLE service ADD COLUMN copied_at INTEGER;
ALTER TABLE service ADD COLUMN lock_file TEXT;
