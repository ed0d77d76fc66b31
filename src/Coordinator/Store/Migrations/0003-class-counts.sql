-- How many examples of each class a result is of.
ALTER TABLE results ADD COLUMN class_counts TEXT;
