-- Why a run ends early and which round's model is its own, what agents measured on their own data, and where time went.
ALTER TABLE runs ADD COLUMN ending TEXT;
ALTER TABLE runs ADD COLUMN published INTEGER;
ALTER TABLE runs ADD COLUMN published_reason TEXT;
ALTER TABLE evaluations ADD COLUMN own_data INTEGER NOT NULL DEFAULT 0;
ALTER TABLE results ADD COLUMN train_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE results ADD COLUMN transfer_ms INTEGER;
ALTER TABLE rounds ADD COLUMN frozen_at INTEGER;
